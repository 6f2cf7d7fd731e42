//! Reasons not to act: Holds, and Collections whose policy is to keep.

use hemvist_model::{
    Caller, CollectionName, ControllerId, Date, Hold, HoldId, Outcome, Pseudonym, RecordPolicy,
    RegisteredSource, SourceId,
};

use crate::plan::Rule;
use crate::{App, Error, ErrorKind, IdentifierQuery};

/// The basis that a Receipt names when a Collection's policy keeps a Record.
const KEEP_BASIS: &str = "collection policy KEEP";
/// Longest legal basis, in bytes.
const BASIS_BYTES_MAX: usize = 500;

/// A Hold to be made.
pub struct NewHold {
    /// Its id; `None`: one is chosen.
    pub id: Option<HoldId>,
    /// The legal basis in words. Never personal data: it stands in receipts.
    pub basis: String,
    /// The last day on which it holds.
    pub until: Date,
    /// The Source it is about.
    pub source: SourceId,
    /// One Collection of it, or all.
    pub collection: Option<CollectionName>,
    /// One person's data, or everybody's. Kept as a keyed hash.
    pub identifier: Option<IdentifierQuery>,
}

impl App {
    /// Forbids erasing what lies in a Source, until a day. Erasures that are being executed heed
    /// it from their next Record on.
    ///
    /// # Errors
    /// `InvalidArgument` without a basis; `NotFound` when the Source is not registered;
    /// `AlreadyExists` when the id is taken.
    pub async fn create_hold(&self, caller: &Caller, hold: NewHold) -> Result<Hold, Error> {
        let basis = hold.basis.trim();
        if basis.is_empty() || basis.len() > BASIS_BYTES_MAX {
            let message = format!("give the legal basis in words, at most {BASIS_BYTES_MAX} bytes");
            return Err(Error::invalid("hold.basis", message));
        }
        let registered = self.registered(&hold.source).await?;
        let known = self.store().holds(&registered.controller).await?;
        if known
            .iter()
            .any(|known| Some(&known.id) == hold.id.as_ref())
        {
            return Err(taken());
        }
        let pseudonym = match &hold.identifier {
            None => None,
            Some(query) => Some(self.pseudonym_of(&registered.controller, query).await?),
        };
        let id = match hold.id {
            Some(id) => id,
            None => HoldId::new(crate::ids::random()?)
                .map_err(|_| Error::internal("a generated id was refused"))?,
        };
        self.audit(
            caller,
            "CreateHold",
            Some(&registered.controller),
            id.as_str(),
        )
        .await?;
        let basis = basis.to_owned();
        let made = Hold {
            id,
            basis,
            until: hold.until,
            source: hold.source,
            collection: hold.collection,
            pseudonym,
        };
        self.store()
            .create_hold(&made)
            .await
            .map_err(|error| match error.kind() {
                hemvist_store::Kind::Conflict => taken(),
                _ => error.into(),
            })?;
        Ok(made)
    }

    /// The Holds of a Controller, by id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn holds(
        &self,
        _caller: &Caller,
        controller: &ControllerId,
    ) -> Result<Vec<Hold>, Error> {
        Ok(self.store().holds(controller).await?)
    }

    /// Lifts a Hold. Plans made under it still leave its Records alone: plan again.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_hold(&self, caller: &Caller, id: &HoldId) -> Result<(), Error> {
        self.audit(caller, "DeleteHold", None, id.as_str()).await?;
        if self.store().delete_hold(id).await? {
            Ok(())
        } else {
            Err(Error::not_found("hold"))
        }
    }

    async fn pseudonym_of(
        &self,
        controller: &ControllerId,
        query: &IdentifierQuery,
    ) -> Result<Pseudonym, Error> {
        let subject = self
            .subject(controller, std::slice::from_ref(query))
            .await?;
        let mut members = subject.members.iter();
        let asked = members.find(|(_, member)| member.is_asked());
        asked
            .map(|(pseudonym, _)| *pseudonym)
            .ok_or_else(|| Error::internal("the asked identifier is not in its own subject"))
    }
}

fn taken() -> Error {
    Error::new(
        ErrorKind::AlreadyExists,
        "HOLD_EXISTS",
        "a hold of this id exists already: choose another id, or delete that one",
    )
}

/// What keeps a Record of this Collection from being changed today, if anything does.
pub(crate) fn retained(
    holds: &[Hold],
    source: &RegisteredSource,
    collection: &CollectionName,
    subject: &[Pseudonym],
    today: Date,
) -> Option<Outcome> {
    // Of several Holds the longest is the one to tell.
    let applying = holds
        .iter()
        .filter(|hold| hold.applies(&source.id, collection, subject, today));
    if let Some(hold) = applying.max_by_key(|hold| hold.until) {
        return Some(Outcome::Retained {
            basis: hold.basis.clone(),
            until: Some(hold.until),
        });
    }
    (Rule::of(source, collection).policy == RecordPolicy::Keep).then(|| Outcome::Retained {
        basis: KEEP_BASIS.to_owned(),
        until: None,
    })
}
