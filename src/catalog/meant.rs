//! What a name that the catalog lacks was probably meant to be.

use super::{Listed, listed, listed_of, misnamed, quotas_of, tables};
use crate::words::{glob, nearest};

/// True if the service has a quota of this code, measured or not.
pub fn is_listed(service: &str, code: &str) -> bool {
    find(service, code).is_some()
}

fn find(service: &str, code: &str) -> Option<&'static Listed> {
    listed_of(service).iter().find(|q| q.code == code)
}

/// Returns what to write for the name of a service that the catalog does not have; None: it has it, or nothing is near.
pub fn right_service(name: &str) -> Option<&'static str> {
    if !listed_of(name).is_empty() || !quotas_of(name).is_empty() {
        return None;
    }
    nearest(name, listed().iter().map(|q| q.service))
}

/// Returns what to write for a code that a service does not have, if anybody knows.
pub fn right_code(service: &str, code: &str) -> String {
    let name = |q: &Listed| {
        let code =
            if q.code.is_empty() { String::new() } else { format!("`{}` of `{}`: ", q.code, q.service) };
        let none = if q.code.is_empty() { ", which has no code" } else { "" };
        format!("{code}{}{none}", q.name)
    };
    let meant: Vec<&Listed> = misnamed(code).into_iter().filter(|q| q.service == service).collect();
    if let [one] = meant.as_slice() {
        return format!("a document gives this code by mistake; meant is {}", name(one));
    }
    if let Some(other) = listed().iter().find(|q| q.code == code && q.service != service) {
        return format!("`{}` is a quota of `{}`: {}", other.code, other.service, other.name);
    }
    if let Some(known) = find(service, code) {
        return format!("it is {}, and nothing of it is measured: a limit for it has no effect", known.name);
    }
    if let Some(near) = nearest(code, quotas_of(service).iter().map(|q| q.code)) {
        return format!("did you mean `{near}`?");
    }
    format!("nothing is compared with it; `tf-headroom quotas list {service}` lists the codes")
}

/// True if AWS's provider may have a resource type of this name; `*` stands for any characters. Other providers' are not known.
pub fn may_be_type(pattern: &str) -> bool {
    !pattern.starts_with("aws_") || tables::RESOURCES.iter().any(|(name, _)| glob(pattern, name, None))
}

/// Returns the resource type that a misspelt one was probably meant to be.
pub fn right_type(name: &str) -> Option<&'static str> {
    nearest(name, tables::RESOURCES.iter().map(|(name, _)| *name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_the_catalog_lacks_are_answered() {
        assert_eq!(right_service("conect"), Some("connect"));
        assert_eq!(right_service("connect"), None);
        assert_eq!(right_code("connect", "L-19A87C49"), "did you mean `L-19A87C94`?");
        assert_eq!(right_type("aws_dynamodb_tabel"), Some("aws_dynamodb_table"));
        assert!(may_be_type("aws_iam_*") && may_be_type("google_project") && may_be_type("*"));
        assert!(!may_be_type("aws_iamm_*") && !may_be_type("aws_dynamodb_tabel"));
    }
}
