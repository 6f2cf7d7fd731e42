//! Empty: the end-to-end tests are in `tests/e2e`, where they run the real binary against real stores.
