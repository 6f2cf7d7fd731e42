//! What several requests hold, as nouns. What does not fit is named by its field, never repeated.

use hemvist_app::IdentifierQuery;
use hemvist_model::{Date, InfoType, InfoTypes};
use hemvist_proto::v1;
use tonic::Status;

use crate::status::invalid;

/// An InfoType by its name.
pub(crate) fn info_type(field: &str, name: &str) -> Result<InfoType, Status> {
    let known = || InfoType::ALL.map(InfoType::as_str).join(", ");
    InfoType::from_name(name)
        .ok_or_else(|| invalid(field, &format!("is no info type; there are {}", known())))
}

/// A set of InfoTypes by their names.
pub(crate) fn info_types(field: &str, names: &[String]) -> Result<InfoTypes, Status> {
    let one = |(index, name): (usize, &String)| info_type(&format!("{field}[{index}]"), name);
    names.iter().enumerate().map(one).collect()
}

/// Identifiers as the caller wrote them; whether they are any is for the app to say.
pub(crate) fn identifiers(from: Vec<v1::Identifier>) -> Result<Vec<IdentifierQuery>, Status> {
    let one = |(index, from)| identifier(&format!("identifiers[{index}]"), from);
    from.into_iter().enumerate().map(one).collect()
}

/// One identifier.
pub(crate) fn identifier(field: &str, from: v1::Identifier) -> Result<IdentifierQuery, Status> {
    let kind = match from.info_type.as_str() {
        "" => None,
        name => Some(info_type(&format!("{field}.info_type"), name)?),
    };
    Ok(IdentifierQuery {
        info_type: kind,
        value: from.value,
    })
}

/// A real day.
pub(crate) fn date(field: &str, from: Option<v1::Date>) -> Result<Date, Status> {
    let read = |from: v1::Date| {
        let (month, day) = (from.month.try_into().ok()?, from.day.try_into().ok()?);
        Date::new(from.year.try_into().ok()?, month, day)
    };
    from.and_then(read)
        .ok_or_else(|| invalid(field, "must be a day of the calendar"))
}
