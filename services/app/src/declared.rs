//! Whether what a Source declares of its Collections is there: a declaration about what does not
//! exist would link nothing and clear nothing, in silence.
//!
//! Knows names only. Whether the rows keep what is declared of them is for a Scan to find out.

use hemvist_model::{CollectionName, IdentitySource, RegisteredSource};
use hemvist_source::{Collection, Column, ColumnKind, Source, SourceError};

use crate::{Error, ErrorKind};

/// Names that a refusal lists; a database may have thousands.
const NAMES_MAX: usize = 30;

/// What a Source has.
pub(crate) struct Listing {
    collections: Vec<Collection>,
    left_alone: Vec<(CollectionName, &'static str)>,
}

/// A declaration about something that is not there.
pub(crate) struct Fault {
    /// Where it stands in the registration.
    field: &'static str,
    message: String,
}

impl Fault {
    /// The answer to a request that declares it.
    pub(crate) fn refused(self) -> Error {
        Error::invalid(self.field, self.message)
    }

    /// The answer to a request that is right itself, about a registration that is not.
    pub(crate) fn found(self) -> Error {
        let kind = ErrorKind::FailedPrecondition;
        let message = format!("{}: {}", self.field, self.message);
        Error::new(kind, "DECLARED_NOT_THERE", message)
    }
}

impl Listing {
    /// Asks the Source.
    pub(crate) async fn of(source: &dyn Source) -> Result<Self, SourceError> {
        Ok(Self {
            collections: source.collections().await?,
            left_alone: source.left_alone().await?,
        })
    }

    pub(crate) fn collections(&self) -> &[Collection] {
        &self.collections
    }

    pub(crate) fn left_alone(&self) -> &[(CollectionName, &'static str)] {
        &self.left_alone
    }

    /// The first declaration of a registration that cannot be kept.
    pub(crate) fn fault(&self, source: &RegisteredSource) -> Option<Fault> {
        let identity = source.identity_sources.iter().map(|declared| {
            let fields = declared.fields.iter().map(|(field, _)| field.as_str());
            let has: HasField = has_path;
            let field = "source.identity_sources";
            (
                field,
                self.check(&declared.collection, fields.collect(), has),
            )
        });
        let policies = source.policies.iter().map(|policy| {
            let fields = policy.clear_fields.iter().map(String::as_str);
            let has: HasField = has_column;
            let field = "source.policies";
            (field, self.check(&policy.collection, fields.collect(), has))
        });
        let mut checked = identity.chain(policies);
        checked.find_map(|(field, checked)| checked.err().map(|message| Fault { field, message }))
    }

    /// Declared identity sources, or Fields of them, that are not there.
    pub(crate) fn missing(
        &self,
        declared: &[IdentitySource],
    ) -> Vec<(CollectionName, Option<String>)> {
        let mut missing = Vec::new();
        for declared in declared {
            let Some(collection) = self.find(&declared.collection) else {
                missing.push((declared.collection.clone(), None));
                continue;
            };
            let fields = declared.fields.iter().map(|(field, _)| field);
            let absent = fields.filter(|field| !has_path(&collection.columns, field));
            missing.extend(absent.map(|field| (declared.collection.clone(), Some(field.clone()))));
        }
        missing
    }

    fn find(&self, name: &CollectionName) -> Option<&Collection> {
        self.collections.iter().find(|known| known.name == *name)
    }

    fn check(&self, name: &CollectionName, fields: Vec<&str>, has: HasField) -> Result<(), String> {
        let Some(collection) = self.find(name) else {
            let mut left_alone = self.left_alone.iter();
            if let Some((_, reason)) = left_alone.find(|(known, _)| known == name) {
                return Err(format!("collection {name} is left alone: {reason}"));
            }
            let known = list(self.collections.iter().map(|known| known.name.as_str()));
            return Err(format!("there is no collection {name}; there are: {known}"));
        };
        let columns = &collection.columns;
        match fields.iter().find(|field| !has(columns, field)) {
            None => Ok(()),
            Some(_) if collection.row_key.is_none() => Err(format!(
                "collection {name} holds objects: only the fields of tables can be declared"
            )),
            Some(field) => Err(format!(
                "collection {name} has no field {field}; it has: {}",
                list(columns.iter().map(|column| column.name.as_str()))
            )),
        }
    }
}

type HasField = fn(&[Column], &str) -> bool;

fn has_column(columns: &[Column], field: &str) -> bool {
    columns.iter().any(|column| column.name == field)
}

/// A column, or a path below one that may hold JSON.
fn has_path(columns: &[Column], field: &str) -> bool {
    let holds = |column: &Column| {
        let json = matches!(column.kind, ColumnKind::Json | ColumnKind::Text);
        let below = field.strip_prefix(column.name.as_str());
        json && below.is_some_and(|path| path.starts_with(['.', '[']))
    };
    has_column(columns, field) || columns.iter().any(holds)
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let mut text = names.get(..NAMES_MAX).unwrap_or(&names).join(", ");
    if let Some(more) = names.len().checked_sub(NAMES_MAX).filter(|more| *more > 0) {
        text += &format!(" and {more} more");
    }
    text
}
