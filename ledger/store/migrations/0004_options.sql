-- The way around a pending release that was asked for, beside the target it serves.

ALTER TABLE target ADD COLUMN option TEXT CHECK (option IN ('wait', 'cancel', 'keep'));
ALTER TABLE target_edit ADD COLUMN option_before TEXT
    CHECK (option_before IN ('wait', 'cancel', 'keep'));
ALTER TABLE target_edit ADD COLUMN option_after TEXT
    CHECK (option_after IN ('wait', 'cancel', 'keep'));
