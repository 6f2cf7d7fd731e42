//! One suite for both backends: every case runs on an SQLite file and on a PostgreSQL database of
//! its own.

mod cuts;
mod fixture;
mod index;
mod leases;
mod links;
mod plans;
mod readings;
mod registry;
mod safety;
mod scans;
mod sweeps;

/// Makes a test of each case for each backend.
macro_rules! on_both {
    ($($case:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(crate::fixture::Fixture::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(crate::fixture::Fixture::postgres().await).await;
            })*
        }
    };
}
pub(crate) use on_both;
