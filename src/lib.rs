//! tf-headroom: a pre-flight validator for Terraform on AWS.
//!
//! Terraform source *or* plan JSON → an **inventory** of resource instances → **projections** of counts for each quota
//! in each scope → **findings** → a **report**.
//!
//! ```text
//!  cli ─▶ syntax ─▶ module ─▶ expand (asks eval) ─┐
//!                                                 ├─▶ inventory ─▶ tags, projection ─▶ rules ─▶ suppress ─▶ report ─▶ exit code
//!  cli ─▶ plan ───────────────────────────────────┘                  ▲ catalog, settings
//! ```
//!
//! [`pipeline`] tells this story as code. The rooms, and what holds in each:
//!
//! - [`source`]: files, spans, trees of files. Besides [`cli`] it alone touches the disk.
//! - [`address`]: Terraform's addresses. Text is made only when it is printed.
//! - [`value`]: values with unknowns, numbers as Terraform has them, and [`value::Count`], the interval in which
//!   everything is counted. An unknown never turns into `0`, `""` or an empty list.
//! - [`finding`]: what the user is told. What they can mend is a finding; what kept us from reading is a diagnostic.
//! - [`date`], [`words`] and [`pieces`]: days of the calendar, small tools for text, lists that grow in place, numbers
//!   for what repeats. The clock is passed in.
//! - [`inventory`]: instances with their readings, scopes and tags, never raw attributes. Source and plan meet here;
//!   from here on nobody can tell which one was read.
//! - [`catalog`]: quotas, measures and facts about resource types as static tables. `Measure::read` is the one place
//!   where an attribute becomes a number.
//! - [`syntax`]: text to an arena of expressions. Knows no names and evaluates nothing.
//! - [`module`]: the tree of modules; names are resolved once for each folder. Knows neither root nor caller.
//! - [`roots`]: which folders of a repository are root modules. Evaluates nothing.
//! - [`eval`]: expressions to values, functions as rows. Looks names up, and never finds out what must come first.
//! - [`expand`]: variables, schedule, `count` and `for_each`, providers: a root module to an inventory. Judges nothing.
//! - [`plan`]: plan and state JSON to an inventory, one element at a time, never a tree of the whole file.
//! - [`tags`]: which tags a resource has after apply, and what is wrong with them.
//! - [`projection`]: counts against limits, both intervals. Adds only; takes no length and no size.
//! - [`config`]: the settings file. Applies none of it.
//! - [`capacity`]: whose a count is, and how many more tenants fit: the module evaluated again with other tenants.
//! - [`request`]: what to ask AWS for, when, and in which form. Sends nothing.
//! - [`snapshot`]: what AWS answered of limits and use, as a file. Asks nobody.
//! - [`rules`]: what is a fault and how grave, one rule a file with its help page. Reads and counts nothing.
//! - [`suppress`]: comments that allow a fault, and those that nobody needed.
//! - [`report`]: one format a file. Decides nothing about what is a fault.
//! - [`live`]: asks AWS for applied values and use. What opens a connection is left out of a build without `live`.
//! - [`fix`]: repairs of tags as edits of the source, certain ones only. Writes no file.
//! - [`pipeline`] and [`cli`]: the story and the command line.
//!
//! Nothing but [`live`] opens a network connection. No sensitive value and no literal outside the judged tag is printed.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests arrange files and look at them"))]

pub mod address;
pub mod capacity;
pub mod catalog;
pub mod cli;
pub mod config;
pub mod date;
pub mod eval;
pub mod expand;
pub mod finding;
pub mod fix;
pub mod inventory;
pub mod live;
pub mod module;
pub mod pieces;
pub mod pipeline;
pub mod plan;
pub mod projection;
pub mod report;
pub mod request;
pub mod roots;
pub mod rules;
pub mod snapshot;
pub mod source;
pub mod suppress;
pub mod syntax;
pub mod tags;
pub mod value;
pub mod words;
