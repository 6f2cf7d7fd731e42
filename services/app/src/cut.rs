//! Cutting: a Source's Collections into Splits, for a Scan that was asked for.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use hemvist_model::{CollectionName, Coverage, SkipReason, SplitSpec};
use hemvist_source::{Source, SourceError};
use hemvist_store::CutLease;

use crate::declared::Listing;
use crate::{App, Error};

/// Splits that one Collection may be cut into; more means a broken Source, not a big one.
const COLLECTION_SPLITS_MAX: usize = 1_000_000;

impl App {
    /// Cuts one Scan, whoever's lease on it lapsed. `false` when there is none to cut.
    pub(crate) async fn cut_one(&self, lease_seconds: u32) -> Result<bool, Error> {
        let Some(lease) = self.store().lease_cut(lease_seconds).await? else {
            return Ok(false);
        };
        let listed = tokio::select! {
            listed = self.cut(&lease) => listed?,
            // Somebody else cuts it now, or the Scan was cancelled.
            () = self.renew_cutting(&lease, lease_seconds) => return Ok(true),
        };
        self.store().finish_cut(&lease, !listed).await?;
        self.work_signal().notify_waiters();
        Ok(true)
    }

    /// Renews the lease again and again: one Collection may take longer to cut than a lease lasts.
    /// Returns when it is lost.
    async fn renew_cutting(&self, lease: &CutLease, lease_seconds: u32) {
        let period = Duration::from_secs(u64::from(lease_seconds)) / 3;
        loop {
            tokio::time::sleep(period).await;
            if let Ok(false) = self.store().renew_cut(lease).await {
                return;
            }
        }
    }

    /// Whether the Source could be listed.
    async fn cut(&self, lease: &CutLease) -> Result<bool, Error> {
        let registered = self.registered(&lease.scan.source).await?;
        let source = match self.open(&registered).await {
            Ok(source) => source,
            Err(error) => return self.unlisted(lease, &error).await,
        };
        let listing = match Listing::of(&*source).await {
            Ok(listing) => listing,
            Err(error) => return self.unlisted(lease, &error).await,
        };
        // What was declared before the Source could be reached has been believed so far.
        let missing = listing.missing(&registered.identity_sources);
        self.store()
            .keep_missing(lease, registered.revision, &missing)
            .await?;
        let (collections, left_alone) = (listing.collections(), listing.left_alone());
        let asked = &lease.scan.collections;
        let wanted = |name: &CollectionName| asked.is_empty() || asked.contains(name);
        for (name, _) in left_alone.iter().filter(|(name, _)| wanted(name)) {
            self.add_unread(lease, name, SkipReason::Excluded).await?;
        }
        for collection in collections
            .iter()
            .filter(|collection| wanted(&collection.name))
        {
            self.cut_collection(lease, &source, &collection.name)
                .await?;
        }
        let listed = |name: &&CollectionName| {
            collections.iter().any(|known| known.name == **name)
                || left_alone.iter().any(|(known, _)| known == *name)
        };
        for vanished in asked.iter().filter(|name| !listed(name)) {
            self.add_unread(lease, vanished, SkipReason::Vanished)
                .await?;
        }
        Ok(true)
    }

    async fn cut_collection(
        &self,
        lease: &CutLease,
        source: &Arc<dyn Source>,
        collection: &CollectionName,
    ) -> Result<(), Error> {
        if lease.already_cut.contains(collection) {
            return Ok(());
        }
        match collect_splits(source, collection).await {
            Ok(splits) => Ok(self
                .store()
                .add_collection(lease, collection, splits, None)
                .await?),
            Err(error) => {
                self.add_unread(lease, collection, error.skip_reason())
                    .await
            }
        }
    }

    async fn add_unread(
        &self,
        lease: &CutLease,
        collection: &CollectionName,
        reason: SkipReason,
    ) -> Result<(), Error> {
        if lease.already_cut.contains(collection) {
            return Ok(());
        }
        let mut coverage = Coverage::default();
        match reason {
            // How many Records it holds is unknown, so the Collection itself counts as one.
            SkipReason::Excluded => coverage.add_skipped(reason, 1),
            _ => coverage.add_failed(reason, 1),
        }
        Ok(self
            .store()
            .add_collection(lease, collection, Vec::new(), Some(coverage))
            .await?)
    }

    /// A Source that cannot be listed at all is one failed unit under the Source's own name.
    async fn unlisted(&self, lease: &CutLease, error: &SourceError) -> Result<bool, Error> {
        tracing::warn!(source = %lease.scan.source, kind = ?error.kind(), "the source could not be listed");
        let whole = CollectionName::new("*");
        self.add_unread(lease, &whole, error.skip_reason()).await?;
        Ok(false)
    }
}

async fn collect_splits(
    source: &Arc<dyn Source>,
    collection: &CollectionName,
) -> Result<Vec<SplitSpec>, SourceError> {
    let mut splits = Vec::new();
    let mut stream = source.splits(collection);
    while let Some(split) = stream.next().await {
        splits.push(split?);
        if splits.len() > COLLECTION_SPLITS_MAX {
            return Err(SourceError::new(
                hemvist_source::Kind::Bug,
                "the source cuts without end",
            ));
        }
    }
    Ok(splits)
}
