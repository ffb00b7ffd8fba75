use std::path::Path;
use tf_headroom::{
    expand::{self, Options, VariableSource},
    module::Loader,
    source::{Disk, Files},
};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(move || {
            let files = Files::default();
            let loader = Loader::new(&Disk, &files);
            let mut o = Options::default();
            for f in &args[2..] {
                o.variables.push(VariableSource::File(f.into()));
            }
            let inv = expand::inventory(Path::new(&args[1]), &loader, &o);
            for i in &inv.instances {
                let scopes: Vec<String> = i
                    .scopes
                    .iter()
                    .map(|(n, s)| {
                        format!(
                            "{n}={}",
                            match s {
                                tf_headroom::inventory::ScopeRef::Parent(p) =>
                                    inv.parents.get(*p).name.to_string(),
                                o => format!("{o:?}"),
                            }
                        )
                    })
                    .collect();
                if std::env::var("V").is_ok() {
                    println!("{}\t{}\t{}\t{:?}", i.address, i.after, scopes.join(","), i.tags);
                } else {
                    println!("{}", i.address);
                }
            }
            for d in &inv.diagnostics {
                let at = d
                    .span
                    .map(|s| {
                        let l = files.locate(s);
                        format!("{}:{}", l.path, l.line)
                    })
                    .unwrap_or_default();
                eprintln!("{}: {} {} {} {:?}", d.severity, at, d.summary, d.detail, d.addresses.first());
            }
        })
        .unwrap()
        .join()
        .unwrap();
}
