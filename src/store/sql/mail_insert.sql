-- Purpose: mails of a batch.
-- Parameters: $1 ids, $2 fingerprints, $3 anonymous, $4 sources, $5 directions, $6 sent, $7 received, $8 envelope senders, $9 Message-IDs, $10 subjects, $11 texts, $12 new texts, $13 notes, $14 languages, $15 filed by, $16 unparsed, $17 findings, $18 sizes
-- Index: mail_pkey of the partition
-- Lock: none
INSERT INTO crm.mail (id, fingerprint, anonymous, source, direction, sent_at, received_at, mail_from,
    message_id, subject, text, new_text, note, language, filed_by, unparsed, findings, size)
SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::boolean[], $4::text[], $5::text[], $6::timestamptz[],
    $7::timestamptz[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
    $14::text[], $15::uuid[], $16::text[], $17::jsonb[], $18::bigint[])
