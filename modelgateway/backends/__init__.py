"""Who answers: one file per backend, all behind `backend.Backend`."""
