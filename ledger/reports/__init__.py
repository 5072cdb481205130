"""Facts to frozen values that a view draws: one file per question, all pure."""
