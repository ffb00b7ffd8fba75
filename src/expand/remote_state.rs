//! `terraform_remote_state`: outputs of another root module, from a state file that is at hand.

use ecow::EcoString;
use serde_json::Value as Json;

use super::loading::is_backend;
use super::{FrameId, Root, Walk};
use crate::address::Mode;
use crate::eval::{EvalError, EvalResult};
use crate::module::{SlotId, Target};
use crate::source::Span;
use crate::value::{Cause, CauseKind, Fields, Type, Value, convert, from_json};

pub(super) const TYPE: &str = "terraform_remote_state";

/// Arguments of the backend `local`.
const LOCAL: &[&str] = &["path", "workspace_dir"];

const INVALID: &str = "Invalid backend configuration";

/// One data source of this type.
#[derive(Clone, Copy)]
pub(super) struct Source {
    pub frame: FrameId,
    pub block: u32,
    pub place: usize,
}

/// Returns an attribute that the source does not set. None: it cannot be told here.
pub(super) fn attribute(root: &Root<'_>, source: Source, attr: &str) -> Option<Value> {
    match attr {
        "config" | "defaults" => Some(Value::Null(Type::Dynamic)),
        "workspace" => Some(Value::Null(Type::String)),
        "outputs" => outputs(root, source).ok()?,
        _ => None,
    }
}

fn argument(root: &Root<'_>, source: Source, name: &str) -> Option<(Value, Span)> {
    let module = &root.frame(source.frame).module;
    let resource = &module.resources[source.block as usize];
    let item = resource.item(name)?;
    let slot = SlotId(module.resource_slot(source.block as usize).0 + 1 + item as u32);
    let value = root.slot(source.frame, slot).at(source.place).clone();
    Some((value, resource.items[item].span)).filter(|(v, _)| !v.is_null())
}

/// Checks the arguments as far as they are known.
///
/// # Errors
/// As Terraform refuses them.
pub(super) fn validate(root: &Root<'_>, source: Source) -> EvalResult<()> {
    let refuse = |detail: String, span: Span| Err(EvalError::new(INVALID, detail, Some(span)));
    let backend = argument(root, source, "backend");
    let config = argument(root, source, "config");
    let known = config.as_ref().is_none_or(|(v, _)| v.is_wholly_known());
    if let Some((backend, span)) = &backend
        && let Some(name) = backend.as_str()
        && known
    {
        if !is_backend(name) && name != "_local" {
            return refuse(format!("There is no backend type named {name:?}."), *span);
        }
        if let (Some((config, span)), "local") = (&config, name.trim_start_matches('_')) {
            let Some(fields) = fields(config) else {
                return refuse("The configuration must be an object value.".into(), *span);
            };
            for (name, value) in fields.iter() {
                if !LOCAL.contains(&name.as_str()) {
                    return refuse(format!("The backend \"local\" has no argument {name:?}."), *span);
                }
                if convert(value, &Type::String).is_err() {
                    return refuse(format!("The argument {name:?} must be a string."), *span);
                }
            }
        }
    }
    for (name, summary) in [("config", INVALID), ("defaults", "Invalid default values")] {
        if let Some((value, span)) = argument(root, source, name)
            && !matches!(value.type_of(), Type::Dynamic | Type::Object(_) | Type::Map(_))
        {
            let detail = format!("`{name}` must be given as an object.");
            return Err(EvalError::new(summary, detail, Some(span)));
        }
    }
    Ok(())
}

fn fields(value: &Value) -> Option<&Fields> {
    match value.bare() {
        Value::Object(f) | Value::Map(f) => Some(f),
        _ => None,
    }
}

/// Returns the outputs that the state holds, over the defaults. None: the state lies where nobody looks.
///
/// # Errors
/// If there is no state.
pub(super) fn outputs(root: &Root<'_>, source: Source) -> EvalResult<Option<Value>> {
    if let Some(why) = deferred(root, source) {
        return Ok(Some(Value::unknown(Type::Dynamic, why)));
    }
    let text = |name: &str| argument(root, source, name).and_then(|(v, _)| v.as_str().cloned());
    if !matches!(text("backend").as_deref(), Some("local" | "_local")) {
        return Ok(None);
    }
    let config = argument(root, source, "config").map(|(v, _)| v);
    let setting = |name: &str| config.as_ref().and_then(fields)?.get(name)?.as_str().cloned();
    let workspace = text("workspace").unwrap_or_else(|| "default".into());
    let path = match workspace.as_str() {
        "default" => setting("path").unwrap_or_else(|| "terraform.tfstate".into()),
        other => {
            let folder = setting("workspace_dir").unwrap_or_else(|| "terraform.tfstate.d".into());
            EcoString::from(format!("{folder}/{other}/terraform.tfstate"))
        }
    };
    let resource = &root.frame(source.frame).module.resources[source.block as usize];
    let span = argument(root, source, "workspace").map_or(resource.span, |(_, span)| span);
    let Ok(bytes) = root.loader.tree.read(&root.root_dir.join(path.as_str())) else {
        let detail = format!("No stored state was found at {path:?}.");
        return Err(EvalError::new("Unable to find remote state", detail, Some(span)));
    };
    let Ok(state) = serde_json::from_slice::<Json>(&bytes) else {
        let detail = format!("{path:?} does not hold a state in JSON.");
        return Err(EvalError::new("Unsupported state file format", detail, None));
    };
    let mut entries: Vec<(EcoString, Value)> = Vec::new();
    if let Some((defaults, _)) = argument(root, source, "defaults") {
        entries.extend(
            fields(&defaults).into_iter().flat_map(|f| f.iter()).map(|(k, v)| (k.clone(), v.clone())),
        );
    }
    // The last entry of a name counts.
    for (name, output) in state["outputs"].as_object().into_iter().flatten() {
        let raw = from_json(&output["value"]);
        let value = convert(&raw, &Type::from_json(&output["type"])).unwrap_or(raw);
        entries.push((name.as_str().into(), value));
    }
    Ok(Some(Value::object(entries)))
}

/// Returns why the state is read only when the plan is applied, if so.
fn deferred(root: &Root<'_>, source: Source) -> Option<Cause> {
    let module = &root.frame(source.frame).module;
    let resource = &module.resources[source.block as usize];
    for item in &resource.items {
        if let Some((value, _)) = argument(root, source, &item.name)
            && let Some(why) = value.cause()
        {
            return Some(why);
        }
    }
    if root.walk != Walk::Plan {
        return None;
    }
    // In a plan of what does not exist yet everything that is depended on changes.
    let mut pending = None;
    resource.items.iter().for_each(|item| {
        item.expressions(&mut |at| {
            module.references(at, &mut |_, _, resolved| {
                if let Target::Resource(i) = resolved.target
                    && module.resources[i as usize].name.mode == Mode::Managed
                {
                    pending = Some(module.resources[i as usize].name.to_string());
                }
            });
        });
    });
    for at in &resource.depends_on {
        module.references(*at, &mut |_, reference, resolved| match resolved.target {
            Target::Resource(i) if module.resources[i as usize].name.mode == Mode::Managed => {
                pending = Some(module.resources[i as usize].name.to_string());
            }
            Target::Call(_) => pending = Some(reference.root.to_string()),
            _ => {}
        });
    }
    pending.map(|name| Cause::new(CauseKind::Attribute, EcoString::from(name), Some(resource.span)))
}
