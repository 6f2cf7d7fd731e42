//! Holds: reasons not to act.

use hemvist_model::{CollectionName, ControllerId, Date, Hold, HoldId, Pseudonym};

use crate::db::{Row, values};
use crate::index::decode_source;
use crate::{Store, StoreError};

impl Store {
    /// Records a Hold. One that stands is never replaced, so that nobody shortens it unseen.
    ///
    /// # Errors
    /// `NotFound` when its Source is not registered, `Conflict` when the id is taken.
    pub async fn create_hold(&self, hold: &Hold) -> Result<(), StoreError> {
        let hold = hold.clone();
        self.write(move |db| {
            Box::pin(async move {
                let select = "SELECT controller FROM source WHERE id = $1";
                let row = db.row(select, values![hold.source.as_str()]).await?;
                let controller = row.ok_or(StoreError::NotFound("source"))?.text(0)?;
                let insert = "INSERT INTO hold \
                              (id, controller, source, collection, pseudonym, basis, until) \
                              VALUES ($1, $2, $3, $4, $5, $6, $7) \
                              ON CONFLICT (id) DO NOTHING";
                let values = values![
                    hold.id.as_str(),
                    controller,
                    hold.source.as_str(),
                    hold.collection.map(|collection| collection.0),
                    hold.pseudonym.map(|pseudonym| pseudonym.0.to_vec()),
                    hold.basis,
                    hold.until.days_since_epoch(),
                ];
                let taken = StoreError::Conflict("a hold of this id exists already");
                db.execute_one(insert, values, taken).await
            })
        })
        .await
    }

    /// All Holds of a Controller in the order of their ids, those that have ended too.
    ///
    /// # Errors
    /// `Transient` or `Corrupt`, as everywhere.
    pub async fn holds(&self, controller: &ControllerId) -> Result<Vec<Hold>, StoreError> {
        let values = values![controller.as_str()];
        self.read(move |db| {
            Box::pin(async move {
                let select = "SELECT id, source, collection, pseudonym, basis, until FROM hold \
                              WHERE controller = $1 ORDER BY id";
                let rows = db.rows(select, values).await?;
                rows.iter().map(decode).collect()
            })
        })
        .await
    }

    /// Removes a Hold; whether there was one.
    ///
    /// # Errors
    /// `Transient`, as everywhere.
    pub async fn delete_hold(&self, id: &HoldId) -> Result<bool, StoreError> {
        let values = values![id.as_str()];
        self.write(move |db| {
            Box::pin(async move {
                let deleted = db.execute("DELETE FROM hold WHERE id = $1", values);
                Ok(deleted.await? == 1)
            })
        })
        .await
    }
}

fn decode(row: &Row) -> Result<Hold, StoreError> {
    let pseudonym = row.opt_bytes(3)?.map(<[u8; 16]>::try_from).transpose();
    let pseudonym = pseudonym.map_err(|_| StoreError::Corrupt("a hold's pseudonym"))?;
    Ok(Hold {
        id: HoldId::new(row.text(0)?).map_err(|_| StoreError::Corrupt("a hold's id"))?,
        basis: row.text(4)?,
        until: Date::from_days_since_epoch(row.int(5)?),
        source: decode_source(row, 1)?,
        collection: row.opt_text(2)?.map(CollectionName::new),
        pseudonym: pseudonym.map(Pseudonym),
    })
}
