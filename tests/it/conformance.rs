//! The vectors of the real Terraform, run through our evaluator.
//!
//! `TF_HEADROOM_CONFORMANCE` names another folder with the same two files. The rate of each group is printed; a miss
//! that `fixtures/conformance/known-misses.tsv` does not list fails, and so does a listed one that passes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use tf_headroom::expand::{Options, Root, VariableSource};
use tf_headroom::finding::{Diagnostic, Severity};
use tf_headroom::module::Loader;
use tf_headroom::source::{Files, Tree};
use tf_headroom::value::{Cause, Number, Refine, Type, Value, sensitive_shape, unknown_shape};

/// Files that exist only in memory.
#[derive(Default)]
pub struct Memory(pub BTreeMap<PathBuf, Vec<u8>>);

fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

impl Tree for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.get(&tidy(path)).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<(String, bool)>> {
        let folder = tidy(folder);
        let mut names = BTreeMap::new();
        for path in self.0.keys() {
            let Ok(rest) = path.strip_prefix(&folder) else { continue };
            let mut parts = rest.components();
            if let Some(first) = parts.next() {
                names.insert(first.as_os_str().to_string_lossy().into_owned(), parts.next().is_some());
            }
        }
        Ok(names.into_iter().collect())
    }

    fn is_dir(&self, path: &Path) -> bool {
        let path = tidy(path);
        path.as_os_str().is_empty() || self.0.keys().any(|p| p.starts_with(&path) && *p != path)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.0.contains_key(&tidy(path))
    }

    fn canonical(&self, path: &Path) -> PathBuf {
        tidy(path)
    }
}

fn folder() -> PathBuf {
    match std::env::var_os("TF_HEADROOM_CONFORMANCE") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conformance"),
    }
}

fn vectors(name: &str) -> Vec<Json> {
    let path = folder().join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().map(|l| serde_json::from_str(l).expect("a vector is one JSON object a line")).collect()
}

fn known_misses() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conformance/known-misses.tsv");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .filter(|l| !l.starts_with('#') && !l.trim().is_empty())
        .map(|l| l.split_once('\t').expect("a miss and its reason, with a tab between"))
        .map(|(id, reason)| (id.to_string(), reason.to_string()))
        .collect()
}

/// Runs on a stack that deep expressions fit on.
fn on_big_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(64 << 20).spawn(work).unwrap().join().unwrap()
}

/// Prints the rate of each group, and fails on misses nobody listed and on listed ones that pass.
fn judge(what: &str, results: Vec<(String, String, Result<(), String>)>) {
    let known = known_misses();
    let mut groups: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut unlisted = Vec::new();
    let mut passing = Vec::new();
    let all = results.len();
    let mut passed = 0;
    for (id, group, result) in results {
        let entry = groups.entry(group).or_default();
        entry.1 += 1;
        match result {
            Ok(()) => {
                entry.0 += 1;
                passed += 1;
                if known.contains_key(&id) {
                    passing.push(id);
                }
            }
            Err(why) => match known.get(&id) {
                Some(reason) => println!("known miss {id}: {reason}"),
                None => unlisted.push(format!("{id}: {why}")),
            },
        }
    }
    for (group, (passed, total)) in &groups {
        println!("{group:24} {passed}/{total}");
    }
    println!("{what}: {passed}/{all}, {:.2} %", 100.0 * passed as f64 / all.max(1) as f64);
    if let Some(path) = std::env::var_os("TF_HEADROOM_MISSES") {
        std::fs::write(path, unlisted.join("\n")).unwrap();
    }
    assert!(passing.is_empty(), "these are listed as misses and pass: {passing:?}");
    // Vectors from elsewhere are measured; ours must not fall behind.
    let ours = std::env::var_os("TF_HEADROOM_CONFORMANCE").is_none();
    assert!(!ours || unlisted.is_empty(), "{} unlisted misses:\n{}", unlisted.len(), unlisted.join("\n"));
}

#[test]
fn expressions_evaluate_as_terraform_does() {
    let results = on_big_stack(|| {
        vectors("expressions.jsonl")
            .iter()
            .map(|v| {
                let text = |k: &str| v[k].as_str().unwrap_or_default().to_string();
                (text("id"), text("group"), expression(v))
            })
            .collect()
    });
    judge("expressions", results);
}

fn options() -> Options {
    Options {
        env: [("HOME".to_string(), "/home/ci".to_string())].into(),
        strict: false,
        // The vectors are of Terraform 1.11.
        both_sides: true,
        ..Options::default()
    }
}

/// Wraps expressions of a vector into a configuration.
fn configuration(v: &Json, expr: Option<&str>) -> Memory {
    let mut main = String::from(
        "terraform {\n  required_providers {\n    terraform = { source = \"terraform.io/builtin/terraform\" }\n  }\n}\n",
    );
    main.push_str("locals {\n");
    for (name, local) in v["locals"].as_object().into_iter().flatten() {
        let text = local["expr"].as_str().unwrap_or("null");
        main.push_str(&format!("  {name} = {text}\n"));
    }
    main.push_str("}\n");
    for (name, resource) in v["resources"].as_object().into_iter().flatten() {
        let name = name.strip_prefix("terraform_data.").unwrap_or(name);
        let input = resource["input"].as_str().unwrap_or("null");
        main.push_str(&format!("resource \"terraform_data\" \"{name}\" {{\n  input = {input}\n}}\n"));
    }
    if let Some(expr) = expr {
        main.push_str(&format!("resource \"terraform_data\" \"probe\" {{\n  input = {expr}\n}}\n"));
    }
    let mut memory = Memory::default();
    memory.0.insert("main.tf".into(), main.into_bytes());
    for (path, text) in v["files"].as_object().into_iter().flatten() {
        let bytes = match text {
            Json::String(s) => s.clone().into_bytes(),
            other => other["base64"]
                .as_str()
                .map(decode_base64)
                .unwrap_or_else(|| panic!("an unknown form of file: {other}")),
        };
        memory.0.insert(tidy(Path::new(path)), bytes);
    }
    memory
}

fn decode_base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = 0u32;
    let mut have = 0;
    let mut out = Vec::new();
    for c in text.bytes().filter(|c| *c != b'=') {
        let Some(v) = ALPHABET.iter().position(|a| *a == c) else { continue };
        bits = bits << 6 | v as u32;
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push((bits >> have) as u8);
        }
    }
    out
}

fn expression(v: &Json) -> Result<(), String> {
    let mut options = options();
    for (name, local) in v["locals"].as_object().into_iter().flatten() {
        if !local["unknown"].is_null() {
            let refine =
                if local["not_null"] == Json::Bool(true) { Refine::not_null() } else { Refine::default() };
            let value = Value::unknown_with(type_from_json(&local["unknown"]), refine, Cause::unstated());
            options.assume.insert(format!("local.{name}"), value);
        } else if local["ephemeral"] == Json::Bool(true) {
            let memory = configuration(&Json::Null, local["expr"].as_str());
            let (value, problems) = probe(&memory, &Options::default());
            assert!(problems.is_empty(), "{problems:?}");
            let value = value.expect("an ephemeral local without a value");
            options.assume.insert(format!("local.{name}"), value.mark(tf_headroom::value::Marks::EPHEMERAL));
        }
    }
    let memory = configuration(v, v["expr"].as_str());
    let (value, problems) = probe(&memory, &options);
    let errors: Vec<&Diagnostic> = problems.iter().filter(|d| d.severity == Severity::Error).collect();
    // A plan cannot store infinity, so Terraform's error there is the plan's, not the expression's.
    let infinite = value.as_ref().and_then(Value::as_number).is_some_and(Number::is_infinite);
    if v["infinite"] == Json::Bool(true) && infinite && errors.is_empty() {
        return Ok(());
    }
    match (v["error"].as_str(), errors.first()) {
        (Some(_), Some(_)) => return Ok(()),
        (Some(want), None) => return Err(format!("error expected: {want}; got {value:?}")),
        (None, Some(e)) => return Err(format!("unexpected error: {}: {}", e.summary, e.detail)),
        (None, None) => {}
    }
    let value = value.ok_or("no value")?;
    compare(&value, v)
}

fn probe(memory: &Memory, options: &Options) -> (Option<Value>, Vec<Diagnostic>) {
    let files = Files::default();
    let loader = Loader::new(memory, &files);
    let mut root = Root::load(&loader, Path::new("."), options);
    let value = root.attribute_of("terraform_data.probe", "input");
    (value, root.into_diagnostics())
}

/// Compares value, unknown and sensitive parts, and the type.
fn compare(value: &Value, want: &Json) -> Result<(), String> {
    let ty = value.type_of();
    let got = planned(value);
    if !same_json(&got, &want[if want.get("result").is_some() { "result" } else { "value" }], &ty) {
        let name = if want.get("result").is_some() { "result" } else { "value" };
        return Err(format!("value: want {}, got {}", want[name], got));
    }
    let unknown = unknown_shape(value);
    if !same_shape(&unknown, &want["unknown"]) {
        return Err(format!("unknown: want {}, got {unknown}", want["unknown"]));
    }
    let sensitive = sensitive_shape(value);
    if !same_shape(&sensitive, &want["sensitive"]) {
        return Err(format!("sensitive: want {}, got {sensitive}", want["sensitive"]));
    }
    if !want["type"].is_null() && ty.to_json() != want["type"] {
        return Err(format!("type: want {}, got {}", want["type"], ty.to_json()));
    }
    Ok(())
}

/// Returns the value as a plan stores it.
fn planned(value: &Value) -> Json {
    match value.bare() {
        Value::Number(n) => Json::Number(n.as_planned().to_string().parse().expect("a number")),
        Value::List(s) | Value::Tuple(s) | Value::Set(s) => {
            Json::Array(s.items().iter().map(planned).collect())
        }
        Value::Map(f) | Value::Object(f) => {
            Json::Object(f.iter().map(|(k, v)| (k.to_string(), planned(v))).collect())
        }
        other => tf_headroom::value::to_json(other),
    }
}

fn same_json(got: &Json, want: &Json, ty: &Type) -> bool {
    match (got, want) {
        (Json::Number(a), Json::Number(b)) => {
            let text = |n: &serde_json::Number| Number::parse(&n.to_string()).map(|n| n.to_string());
            text(a) == text(b)
        }
        (Json::Array(a), Json::Array(b)) => {
            if a.len() != b.len() {
                return false;
            }
            let element = |i: usize| match ty {
                Type::Tuple(ts) => ts.get(i).cloned().unwrap_or(Type::Dynamic),
                other => other.element().cloned().unwrap_or(Type::Dynamic),
            };
            if matches!(ty, Type::Set(_)) {
                let mut rest: Vec<&Json> = b.iter().collect();
                return a.iter().enumerate().all(|(i, x)| {
                    let found = rest.iter().position(|y| same_json(x, y, &element(i)));
                    found.map(|at| rest.remove(at)).is_some()
                });
            }
            a.iter().zip(b).enumerate().all(|(i, (x, y))| same_json(x, y, &element(i)))
        }
        (Json::Object(a), Json::Object(b)) => {
            let element = |k: &str| match ty {
                Type::Object(_) => ty.field(k).map_or(Type::Dynamic, |f| f.ty.clone()),
                other => other.element().cloned().unwrap_or(Type::Dynamic),
            };
            a.len() == b.len()
                && a.iter().all(|(k, x)| b.get(k).is_some_and(|y| same_json(x, y, &element(k))))
        }
        (a, b) => a == b,
    }
}

fn same_shape(got: &Json, want: &Json) -> bool {
    let nothing = |j: &Json| match j {
        Json::Null | Json::Bool(false) => true,
        Json::Array(a) => a.iter().all(|x| *x == Json::Bool(false)),
        Json::Object(o) => o.is_empty(),
        _ => false,
    };
    match (got, want) {
        (a, b) if nothing(a) && nothing(b) => true,
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_shape(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            let at =
                |o: &serde_json::Map<String, Json>, k: &str| o.get(k).cloned().unwrap_or(Json::Bool(false));
            keys.into_iter().all(|k| same_shape(&at(a, k), &at(b, k)))
        }
        (a, b) => a == b,
    }
}

fn type_from_json(json: &Json) -> Type {
    match json {
        Json::String(s) => match s.as_str() {
            "string" => Type::String,
            "number" => Type::Number,
            "bool" => Type::Bool,
            "dynamic" => Type::Dynamic,
            other => panic!("an unknown type: {other}"),
        },
        Json::Array(parts) => {
            let inner = &parts[1];
            match parts[0].as_str().unwrap() {
                "list" => Type::list(type_from_json(inner)),
                "set" => Type::set(type_from_json(inner)),
                "map" => Type::map(type_from_json(inner)),
                "tuple" => Type::tuple(inner.as_array().unwrap().iter().map(type_from_json).collect()),
                "object" => Type::object(
                    inner.as_object().unwrap().iter().map(|(k, t)| (k.as_str().into(), type_from_json(t))),
                ),
                other => panic!("an unknown type: {other}"),
            }
        }
        other => panic!("an unknown type: {other}"),
    }
}

#[test]
fn programs_evaluate_as_terraform_does() {
    let results = on_big_stack(|| {
        vectors("programs.jsonl")
            .iter()
            .map(|v| {
                let text = |k: &str| v[k].as_str().unwrap_or_default().to_string();
                (text("id"), text("group"), program(v))
            })
            .collect()
    });
    judge("programs", results);
}

fn program(v: &Json) -> Result<(), String> {
    let mut memory = Memory::default();
    for (path, text) in v["files"].as_object().into_iter().flatten() {
        memory.0.insert(tidy(Path::new(path)), text.as_str().expect("a file's text").as_bytes().to_vec());
    }
    let cwd = v["cwd"].as_str().unwrap_or(".");
    let mut options = options();
    options.strict = true;
    for (k, t) in v["env"].as_object().into_iter().flatten() {
        options.env.insert(k.clone(), t.as_str().unwrap_or_default().to_string());
    }
    let args: Vec<&str> = v["args"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    options.variables = arguments(&args, cwd);
    let files = Files::default();
    let loader = Loader::new(&memory, &files);
    let mut root = Root::load(&loader, Path::new(cwd), &options);
    root.evaluate_all();
    let want = &v["result"];
    let mut errors = places(root.diagnostics(), &files, Severity::Error, cwd);
    let mut wanted: Vec<(String, u64)> = want["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|e| (e["file"].as_str().unwrap_or_default().to_string(), e["line"].as_u64().unwrap_or(0)))
        .collect();
    errors.sort();
    errors.dedup();
    wanted.sort();
    wanted.dedup();
    if errors != wanted {
        let texts: Vec<String> =
            root.diagnostics().iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect();
        return Err(format!("errors: want {wanted:?} {}, got {errors:?} {texts:?}", want["errors"]));
    }
    if want["ok"] != Json::Bool(true) {
        return Ok(());
    }
    let instances = root.terraform_data();
    let mut seen: HashMap<String, _> =
        instances.into_iter().map(|(a, values)| (a.to_string(), values)).collect();
    for (address, resource) in want["resources"].as_object().into_iter().flatten() {
        if resource["mode"] != "managed" {
            continue;
        }
        let Some(values) = seen.remove(address) else { return Err(format!("{address} is missing")) };
        for name in ["input", "triggers_replace"] {
            if resource[name].is_null() {
                continue;
            }
            let value = values.iter().find(|(n, _)| *n == name).map_or(Value::NULL, |(_, v)| v.clone());
            compare(&value, &resource[name]).map_err(|e| format!("{address}.{name}: {e}"))?;
        }
    }
    if let Some(extra) = seen.keys().min() {
        return Err(format!("{extra} is not in the plan"));
    }
    for (name, output) in want["outputs"].as_object().into_iter().flatten() {
        let value = root.root_output(name).ok_or_else(|| format!("output {name} is missing"))?;
        // A plan keeps no type of an output that is null.
        let value = if value.is_null() { Value::NULL.mark(value.marks()) } else { value };
        compare(&value, output).map_err(|e| format!("output {name}: {e}"))?;
    }
    Ok(())
}

fn arguments(args: &[&str], cwd: &str) -> Vec<VariableSource> {
    let mut variables = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let (name, value) = match arg.split_once('=') {
            Some((name, value)) if name == "-var" || name == "-var-file" => (name, value.to_string()),
            _ => (*arg, rest.next().map(|s| s.to_string()).unwrap_or_default()),
        };
        match name {
            "-var" => {
                let (name, text) = value.split_once('=').unwrap_or((&value, ""));
                variables.push(VariableSource::Assign { name: name.into(), text: text.into() });
            }
            "-var-file" => variables.push(VariableSource::File(Path::new(cwd).join(value))),
            other => panic!("an unknown option: {other}"),
        }
    }
    variables
}

/// Returns a path as Terraform shows it, which runs in the root module.
fn from_cwd(path: &str, cwd: &str) -> String {
    if cwd == "." || path.starts_with('<') {
        return path.to_string();
    }
    match path.strip_prefix(&format!("{cwd}/")) {
        Some(inside) => inside.to_string(),
        None => format!("{}{path}", "../".repeat(cwd.split('/').count())),
    }
}

fn places(diagnostics: &[Diagnostic], files: &Files, severity: Severity, cwd: &str) -> Vec<(String, u64)> {
    diagnostics
        .iter()
        .filter(|d| d.severity == severity)
        .map(|d| match d.span {
            Some(span) => {
                let at = files.locate(span);
                let path = from_cwd(&at.path, cwd);
                (path, u64::from(at.line))
            }
            None => (String::new(), 0),
        })
        .collect()
}
