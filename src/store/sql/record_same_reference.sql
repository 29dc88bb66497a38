-- Purpose: codes of other records with the same external reference, ten at most.
-- Parameters: $1 code
-- Index: record_code_key, record_external_reference
-- Lock: none
SELECT o.code
FROM crm.record r
JOIN crm.record o ON crm.digest(o.external_reference) = crm.digest(r.external_reference)
    AND o.external_reference IS NOT NULL AND o.id <> r.id
WHERE r.code = $1
ORDER BY o.id
LIMIT 10
