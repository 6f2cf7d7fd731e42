//! The suite that every Source of tables passes.

use std::sync::Arc;

use async_trait::async_trait;
use hemvist_model::CollectionName;
use hemvist_source::Source;
use hemvist_source::conformance::{Row, RowFixture, Table};

use crate::store::{Kind, Store};

#[async_trait]
impl RowFixture for Store {
    async fn source(&self, split_records: u64) -> Arc<dyn Source> {
        Store::source(self, split_records)
    }

    async fn denied(&self) -> Option<Arc<dyn Source>> {
        let database = self.quote(&self.connection().database);
        let enter = format!("GRANT CREATE TEMPORARY TABLES ON {database}.* TO {{user}}");
        match self.kind {
            Kind::Postgres => self.source_with(&[]).await,
            _ => self.source_with(&[&enter]).await,
        }
    }

    async fn create(&self, table: &Table) {
        let text = match self.kind {
            Kind::Postgres => "text COLLATE \"C\"",
            Kind::Mariadb => "varchar(250) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
            Kind::Sqlite => "TEXT",
        };
        let mut columns = Vec::new();
        for (index, column) in table.columns.iter().enumerate() {
            let null = if index < table.key_columns {
                "NOT NULL"
            } else {
                "NULL"
            };
            columns.push(format!("{} {text} {null}", self.quote(column)));
        }
        let key: Vec<String> = table.columns[..table.key_columns]
            .iter()
            .map(|column| self.quote(column))
            .collect();
        if !key.is_empty() {
            columns.push(format!("PRIMARY KEY ({})", key.join(", ")));
        }
        let name = self.quote(table.name);
        self.execute(&format!("CREATE TABLE {name} ({})", columns.join(", ")))
            .await;
        let places = vec!["?"; table.columns.len()].join(", ");
        for row in &table.rows {
            self.execute_with(&format!("INSERT INTO {name} VALUES ({places})"), row)
                .await;
        }
    }

    async fn drop_table(&self, name: &str) {
        self.execute(&format!("DROP TABLE {}", self.quote(name)))
            .await;
    }

    async fn set(&self, table: &str, first: &str, column: &str, value: Option<&str>) {
        let first_column = if table == "log" { "name" } else { "id" };
        let sql = format!(
            "UPDATE {} SET {} = ? WHERE {first_column} = ?",
            self.quote(table),
            self.quote(column)
        );
        let bytes = |text: &str| text.as_bytes().to_vec();
        self.execute_with(&sql, &vec![value.map(bytes), Some(bytes(first))])
            .await;
    }

    async fn delete(&self, table: &str, first: &str) {
        let sql = format!("DELETE FROM {} WHERE id = ?", self.quote(table));
        self.execute_with(&sql, &vec![Some(first.as_bytes().to_vec())])
            .await;
    }

    async fn rows(&self, table: &str) -> Vec<Row> {
        Store::rows(self, &format!("SELECT * FROM {}", self.quote(table))).await
    }

    fn collection(&self, table: &str) -> CollectionName {
        Store::collection(self, table)
    }

    fn holds_table(&self, name: &str) -> bool {
        match self.kind {
            Kind::Mariadb => !name.ends_with(' ') && !name.chars().any(|one| one > '\u{ffff}'),
            // SQLite folds the case of names.
            Kind::Sqlite => name != "A",
            Kind::Postgres => true,
        }
    }
}

mod postgres {
    use super::{Kind, Store};
    hemvist_source::row_conformance!(Store::new(Kind::Postgres));
}

mod mariadb {
    use super::{Kind, Store};
    hemvist_source::row_conformance!(Store::new(Kind::Mariadb));
}

mod sqlite {
    use super::{Kind, Store};
    hemvist_source::row_conformance!(Store::new(Kind::Sqlite));
}
