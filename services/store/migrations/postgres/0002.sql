-- Scans keep the findings of some InfoTypes, and Coverage says which were looked for. A set of InfoTypes is
-- a bit for each of the model's codes. Until now every Scan looked for the codes 1 to 14: 32766.

ALTER TABLE scan ADD COLUMN info_types BIGINT NOT NULL DEFAULT 32766;

-- By which Scan each InfoType was looked for last in a Collection: no two readings of a Collection
-- have one in common.
CREATE TABLE reading (
    collection_no BIGINT NOT NULL,
    scan_no BIGINT NOT NULL,
    info_types BIGINT NOT NULL,
    ended BIGINT NOT NULL,
    coverage TEXT NOT NULL,
    PRIMARY KEY (collection_no, scan_no)
);
INSERT INTO reading (collection_no, scan_no, info_types, ended, coverage)
    SELECT collection_no, covered_scan, 32766, covered_at, coverage FROM collection
    WHERE covered_at IS NOT NULL;
ALTER TABLE collection DROP COLUMN covered_scan;
ALTER TABLE collection DROP COLUMN covered_at;
ALTER TABLE collection DROP COLUMN coverage;
