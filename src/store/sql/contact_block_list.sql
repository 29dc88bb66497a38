-- Purpose: blocks that hold for a contact: of itself, of one of its addresses, of an address's domain or one above it.
-- Parameters: $1 contact, $2 its canonical addresses, $3 their domains, $4 their domains with all above them
-- Index: block_contact, block_value
-- Lock: none
SELECT b.kind, b.value, b.scope, b.reason, b.created_by, b.created_at
FROM crm.block b
WHERE b.removed_at IS NULL
  AND (b.contact_id = $1 AND b.kind = 'contact' OR b.kind = 'address' AND b.value = ANY($2::text[])
       OR b.kind = 'domain' AND b.value = ANY($3::text[])
       OR b.kind = 'subdomains' AND b.value = ANY($4::text[]))
ORDER BY b.created_at
