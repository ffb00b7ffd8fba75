//! What holds of the forms that GitHub cuts, whatever the report: reports by chance, the same ones each time.

use super::{Look, Report, github, markdown, sample};
use crate::finding::{Diagnostic, Severity};
use crate::source::Files;

/// Numbers by chance.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n.max(1)
    }

    /// Small most of the time, and large now and then.
    fn size(&mut self, most: u64) -> u64 {
        let scale = [1, 10, 100, most][self.below(4) as usize];
        self.below(scale.min(most) + 1)
    }

    fn text(&mut self, most: u64) -> String {
        const PIECES: [&str; 16] = [
            "a",
            "queue",
            " ",
            "\n",
            "\r\n",
            "`",
            "|",
            "<!-- ",
            "</details>",
            "é",
            "数",
            "@all",
            "::error ::",
            "%0A",
            "\u{202e}",
            "~~~",
        ];
        (0..self.size(most)).map(|_| PIECES[self.below(PIECES.len() as u64) as usize]).collect()
    }

    fn severity(&mut self) -> Severity {
        [Severity::Error, Severity::Warning, Severity::Notice][self.below(3) as usize]
    }
}

fn report(seed: u64) -> (Report, Files) {
    let mut chance = Chance(seed);
    let (mut report, files) = sample::report();
    let (finding, projection) = (report.findings[0].clone(), report.projections[0].clone());
    for _ in 0..chance.size(600) {
        let mut p = projection.clone();
        p.quota.name = chance.text(300).into();
        p.scope.parent = Some(chance.text(300).into());
        report.projections.push(p);
    }
    for _ in 0..chance.size(900) {
        let mut more = finding.clone();
        more.severity = chance.severity();
        more.message = chance.text(900);
        more.help = Some(chance.text(900));
        more.notes = (0..chance.below(9)).map(|_| ("parts", chance.text(300))).collect();
        more.places_total = chance.size(5_000);
        if chance.below(3) == 0 {
            more.quota = None;
            more.key = Some(chance.text(40).into());
        } else if let Some(q) = &mut more.quota {
            q.projection = chance.below(report.projections.len() as u64) as usize;
        }
        let to = if chance.below(5) == 0 { &mut report.older } else { &mut report.findings };
        to.push(more);
    }
    for _ in 0..chance.size(300) {
        let problem = Diagnostic::error(chance.text(300), chance.text(900), None).origin(chance.text(100));
        report.diagnostics.push(Diagnostic { severity: chance.severity(), ..problem });
    }
    for _ in 0..chance.size(300) {
        let mut input = report.inputs[0].clone();
        input.path = chance.text(200);
        report.inputs.push(input);
    }
    report.stats.unmeasured = (0..chance.size(2_000)).map(|_| chance.text(20).into()).collect();
    report.base = (chance.below(2) == 0).then(|| chance.text(200));
    report.origin.link = (chance.below(2) == 0).then(|| "https://example.invalid/o/r/blob/abc".to_owned());
    report.sort(&files);
    (report, files)
}

#[test]
fn a_comment_is_below_its_limit_and_well_formed() {
    for seed in 0..150 {
        let (report, files) = report(seed);
        let text = markdown::render(&report, &files, &Look::default());
        assert!(text.len() < 65_536, "seed {seed}: {} bytes", text.len());
        assert!(text.starts_with("<!-- tf-headroom:"), "seed {seed}");
        let lines = |start: &str| text.lines().filter(|l| l.starts_with(start)).count();
        assert_eq!(lines("<details>"), lines("</details>"), "seed {seed}");
    }
}

#[test]
fn a_step_gets_ten_annotations_of_a_kind_and_the_worst_first() {
    for seed in 0..150 {
        let (report, files) = report(seed);
        let text = github::render(&report, &files, &Look::default());
        let kinds = ["::error ", "::warning ", "::notice "];
        let of: Vec<usize> =
            text.lines().map(|l| kinds.iter().position(|k| l.starts_with(k)).expect("a command")).collect();
        assert!(of.is_sorted(), "seed {seed}: the worst come first");
        for (at, kind) in kinds.iter().enumerate() {
            let shown = of.iter().filter(|o| **o == at).count();
            let there = report
                .findings
                .iter()
                .map(|f| f.severity)
                .chain(report.diagnostics.iter().map(|d| d.severity));
            let there = there.filter(|s| s.name() == kind.trim_matches([':', ' '])).count();
            assert_eq!(shown, there.min(10), "seed {seed}: {kind}");
        }
    }
}
