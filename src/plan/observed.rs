//! The few types that tell limits, accounts and Regions by their attributes.

use ecow::EcoString;

use super::json::{Cursor, Inside, Raw, Read};
use super::providers::is_account;
use super::store::{Observed, Store, Told};
use super::values::Shape;
use crate::address::Mode;

/// Looks at the values of an instance that was just added to the store.
///
/// # Errors
/// What is wrong with the text.
pub fn observe(
    mode: Mode,
    ty: &str,
    values: Option<Raw<'_>>,
    sensitive: Option<Raw<'_>>,
    store: &mut Store,
) -> Read<()> {
    let limit = ty == "aws_servicequotas_service_quota";
    if !(limit || mode == Mode::Data && matches!(ty, "aws_caller_identity" | "aws_region")) {
        return Ok(());
    }
    let Some(values) = values.filter(|v| !v.is_null()) else { return Ok(()) };
    // What must not be told is no limit, account or Region to go by.
    let sensitive = sensitive.map_or(Ok(Shape::Nowhere), Shape::read)?;
    let secret = |name: &str| *sensitive.field(name) != Shape::Nowhere;
    let mut found = Fields::default();
    let read = values.cursor().object(|c, key| if secret(&key) { c.skip() } else { found.field(c, &key) });
    read.shift(values.offset)?;
    let what = match (mode, ty) {
        (Mode::Data, "aws_caller_identity") => found.account.filter(|a| is_account(a)).map(Told::Account),
        // `name` before provider 6, `region` since.
        (Mode::Data, "aws_region") => found.region.or(found.name).map(Told::Region),
        (Mode::Data, _) => match (found.service, found.code, found.value) {
            (Some(service), Some(code), Some(value)) => Some(Told::Limit { service, code, value }),
            _ => None,
        },
        _ => Some(Told::Request { service: found.service, code: found.code, value: found.value }),
    };
    if let Some(what) = what {
        let draft = u32::try_from(store.drafts.len() - 1).expect("bug: the store bounds its drafts");
        store.observed.push(Observed { draft, what });
    }
    Ok(())
}

#[derive(Default)]
struct Fields {
    service: Option<EcoString>,
    code: Option<EcoString>,
    value: Option<f64>,
    account: Option<EcoString>,
    region: Option<EcoString>,
    name: Option<EcoString>,
}

impl Fields {
    fn field(&mut self, c: &mut Cursor<'_>, key: &str) -> Read<()> {
        let text =
            |c: &mut Cursor<'_>| super::changes::text(c).map(|t| t.map(|t| EcoString::from(t.as_ref())));
        match key {
            "service_code" => self.service = text(c).key("service_code")?,
            "quota_code" => self.code = text(c).key("quota_code")?,
            "account_id" => self.account = text(c).key("account_id")?,
            "region" => self.region = text(c).key("region")?,
            "name" => self.name = text(c).key("name")?,
            "value" if c.peek() != b'n' => self.value = c.number().key("value")?.parse().ok(),
            _ => c.skip()?,
        }
        Ok(())
    }
}
