-- An answer is kept with its tokens, passages and fingerprint. Receipts from before commit to the text alone: their
-- openings keep it, with nothing beside it.
ALTER TABLE openings ADD COLUMN output_json TEXT NOT NULL DEFAULT '{}';
UPDATE openings SET output_json = json_object('answer', answer, 'tokens', json('[]'), 'passages', json('[]'), 'fingerprint', '0x');
ALTER TABLE openings DROP COLUMN answer;
