//! Registering Sources, and asking them what they hold.

use std::time::Duration;

use hemvist_model::{Caller, CollectionName, RegisteredSource, SourceId};
use hemvist_source::{Capabilities, Collection, RowKey};

use crate::declared::Listing;
use crate::{App, Error, ErrorKind};

/// How long registering waits for a store that its declarations are compared with.
const LISTING_WAIT: Duration = Duration::from_secs(5);

/// What a store answered when it was tried.
#[derive(Debug, Clone)]
pub struct SourceProbe {
    /// What it can do.
    pub capabilities: Capabilities,
    /// How many Collections the credential lets us see.
    pub collections: u64,
}

/// One Collection as its Source describes it.
#[derive(Debug, Clone)]
pub struct CollectionSummary {
    /// Its name.
    pub name: CollectionName,
    /// How many Records, as far as the store knows.
    pub records_estimate: Option<u64>,
    /// Its columns' names; empty for objects.
    pub fields: Vec<String>,
    /// Whether a Record can be addressed alone, so that it can be erased.
    pub addressable: bool,
    /// Why it is left alone, if it is.
    pub left_alone: Option<&'static str>,
}

impl App {
    /// Registers a Source. It need not be reachable yet: [`App::probe_source`] tells.
    ///
    /// # Errors
    /// `AlreadyExists` when the id is taken; `InvalidArgument` when the Source can be reached and
    /// does not have what is declared of it. Of one that cannot be reached, the first Scan tells.
    pub async fn create_source(
        &self,
        caller: &Caller,
        mut source: RegisteredSource,
    ) -> Result<RegisteredSource, Error> {
        self.audit(
            caller,
            "CreateSource",
            Some(&source.controller),
            source.id.as_str(),
        )
        .await?;
        self.check_declarations(&source).await?;
        source.created = self.clock().now();
        source.revision = 1;
        self.store().create_source(&source).await.map_err(|error| match error.kind() {
            hemvist_store::Kind::Conflict => Error::new(
                ErrorKind::AlreadyExists,
                "SOURCE_EXISTS",
                "a source of this id is registered already: choose another id, or update that one",
            ),
            _ => error.into(),
        })?;
        Ok(source)
    }

    /// Changes a Source, if nobody else did since `source.revision`.
    ///
    /// # Errors
    /// `Aborted` when somebody did; `InvalidArgument` when it would move to another Controller, or
    /// when the Source can be reached and does not have what is declared of it.
    pub async fn update_source(
        &self,
        caller: &Caller,
        source: RegisteredSource,
    ) -> Result<RegisteredSource, Error> {
        let present = self.registered(&source.id).await?;
        if present.controller != source.controller {
            return Err(Error::invalid(
                "source.controller",
                "a source never moves to another controller: delete it and register it anew",
            ));
        }
        self.audit(
            caller,
            "UpdateSource",
            Some(&source.controller),
            source.id.as_str(),
        )
        .await?;
        self.check_declarations(&source).await?;
        let updated = self.store().update_source(&source, source.revision).await?;
        self.close(&source.id);
        Ok(updated)
    }

    /// One registered Source.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn source(&self, _caller: &Caller, id: &SourceId) -> Result<RegisteredSource, Error> {
        self.registered(id).await
    }

    /// Registered Sources in the order of their ids, from after `after`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn sources(
        &self,
        _caller: &Caller,
        after: Option<&SourceId>,
        limit: u32,
    ) -> Result<Vec<RegisteredSource>, Error> {
        Ok(self.store().sources(after, limit).await?)
    }

    /// Forgets a Source with everything the index knows of it. The store itself is not touched.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_source(&self, caller: &Caller, id: &SourceId) -> Result<(), Error> {
        let source = self.registered(id).await?;
        self.audit(
            caller,
            "DeleteSource",
            Some(&source.controller),
            id.as_str(),
        )
        .await?;
        self.close(id);
        if self.store().delete_source(id).await? {
            Ok(())
        } else {
            Err(Error::not_found("source"))
        }
    }

    /// Connects to a Source and asks what it can do.
    ///
    /// # Errors
    /// What the store answered, in words that say what to do; `FailedPrecondition` when it does not
    /// have what is declared of it.
    pub async fn probe_source(&self, caller: &Caller, id: &SourceId) -> Result<SourceProbe, Error> {
        let registered = self.registered(id).await?;
        self.audit(
            caller,
            "ProbeSource",
            Some(&registered.controller),
            id.as_str(),
        )
        .await?;
        self.close(id);
        let source = self.open(&registered).await?;
        let capabilities = source.probe().await?;
        let listing = Listing::of(&*source).await?;
        match listing.fault(&registered) {
            Some(fault) => Err(fault.found()),
            None => Ok(SourceProbe {
                capabilities,
                collections: listing.collections().len() as u64,
            }),
        }
    }

    /// Refuses declarations about what the Source does not have, if it answers.
    async fn check_declarations(&self, source: &RegisteredSource) -> Result<(), Error> {
        if source.identity_sources.is_empty() && source.policies.is_empty() {
            return Ok(());
        }
        let listing = async { Listing::of(&*self.open_apart(source).await?).await };
        let fault = match tokio::time::timeout(LISTING_WAIT, listing).await {
            Ok(Ok(listing)) => listing.fault(source),
            Ok(Err(_)) | Err(_) => None,
        };
        fault.map_or(Ok(()), |fault| Err(fault.refused()))
    }

    /// The Collections of a Source, those left alone last.
    ///
    /// # Errors
    /// What the store answered.
    pub async fn collections(
        &self,
        _caller: &Caller,
        id: &SourceId,
    ) -> Result<Vec<CollectionSummary>, Error> {
        let source = self.open(&self.registered(id).await?).await?;
        let mut summaries: Vec<_> = source.collections().await?.iter().map(summary).collect();
        let left_alone = source.left_alone().await?;
        summaries.extend(
            left_alone
                .into_iter()
                .map(|(name, reason)| CollectionSummary {
                    name,
                    records_estimate: None,
                    fields: Vec::new(),
                    addressable: false,
                    left_alone: Some(reason),
                }),
        );
        Ok(summaries)
    }
}

fn summary(collection: &Collection) -> CollectionSummary {
    CollectionSummary {
        name: collection.name.clone(),
        records_estimate: collection.records_estimate,
        fields: collection
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect(),
        addressable: collection.row_key != Some(RowKey::WholeRow),
        left_alone: None,
    }
}
