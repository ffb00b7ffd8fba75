//! The answers that several asked for, as one.

use std::collections::BTreeMap;

use super::{Place, Quota, Snapshot, Usage};

impl Snapshot {
    /// Returns what several were answered as if one had asked: of two answers to one question the later one counts, and a
    /// place is as old as the oldest answer about it.
    pub fn of_parts(mut parts: Vec<Snapshot>) -> Snapshot {
        let when = |s: &Snapshot| s.places.iter().map(|p| p.taken_at.clone()).min();
        parts.sort_by_key(when);
        let mut whole = Snapshot::new();
        let mut places: BTreeMap<(String, String), Place> = BTreeMap::new();
        for part in parts {
            whole.missing.extend(part.missing);
            whole.accounts.extend(part.accounts);
            for place in part.places {
                let key = (place.account.clone(), place.region.clone());
                match places.get_mut(&key) {
                    Some(known) => known.take(place),
                    None => _ = places.insert(key, place),
                }
            }
        }
        whole.places = places.into_values().collect();
        whole.accounts.sort();
        whole.accounts.dedup();
        whole.missing.sort_by(|a, b| (&a.account, &a.region, &a.why).cmp(&(&b.account, &b.region, &b.why)));
        whole.missing.dedup();
        whole
    }
}

impl Place {
    /// Adds what was answered later.
    fn take(&mut self, later: Place) {
        fn of_quota(q: &Quota) -> (String, String, Option<String>) {
            (q.service.clone(), q.code.clone(), q.resource.clone())
        }
        fn of_usage(u: &Usage) -> (String, String, Option<String>) {
            (u.service.clone(), u.code.clone(), u.resource.clone())
        }
        self.taken_at = self.taken_at.clone().min(later.taken_at);
        replace(&mut self.quotas, later.quotas, of_quota);
        replace(&mut self.usage, later.usage, of_usage);
        replace(&mut self.requests, later.requests, |r| {
            (r.service.clone(), r.code.clone(), r.resource.clone(), r.created.clone())
        });
        replace(&mut self.resources, later.resources, |r| r.arn.clone());
        self.missing.extend(later.missing);
        self.missing.sort_by(|a, b| {
            (&a.service, &a.code, &a.what, &a.why).cmp(&(&b.service, &b.code, &b.what, &b.why))
        });
        self.missing.dedup();
    }
}

/// Puts later answers in the place of those to the same question. Sorted by the question.
fn replace<T, K: Ord>(known: &mut Vec<T>, later: Vec<T>, question: impl Fn(&T) -> K) {
    let asked: std::collections::BTreeSet<K> = later.iter().map(&question).collect();
    known.retain(|k| !asked.contains(&question(k)));
    known.extend(later);
    known.sort_by_key(question);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(region: &str, at: &str, queues: u64, code: &str) -> Place {
        Place {
            account: "123456789012".into(),
            region: region.into(),
            taken_at: at.into(),
            quotas: vec![Quota {
                service: "connect".into(),
                code: code.into(),
                value: Some(queues as f64),
                ..Quota::default()
            }],
            usage: vec![Usage {
                service: "connect".into(),
                code: code.into(),
                amount: queues,
                ..Usage::default()
            }],
            ..Place::default()
        }
    }

    fn part(places: Vec<Place>) -> Snapshot {
        Snapshot { places, ..Snapshot::new() }
    }

    #[test]
    fn the_later_answer_counts_and_the_oldest_tells_the_age() {
        let late = part(vec![place("us-east-1", "2026-11-21T09:00:00Z", 7, "L-1")]);
        let early = part(vec![
            place("us-east-1", "2026-11-20T08:00:00Z", 5, "L-1"),
            place("eu-west-1", "2026-11-20T08:00:00Z", 1, "L-2"),
        ]);
        for parts in [vec![late.clone(), early.clone()], vec![early, late]] {
            let whole = Snapshot::of_parts(parts);
            let told: Vec<(&str, &str, u64)> = whole
                .places
                .iter()
                .map(|p| (p.region.as_str(), p.taken_at.as_str(), p.usage[0].amount))
                .collect();
            assert_eq!(
                told,
                [("eu-west-1", "2026-11-20T08:00:00Z", 1), ("us-east-1", "2026-11-20T08:00:00Z", 7)]
            );
            assert_eq!(whole.places[1].quotas.len(), 1);
        }
    }

    #[test]
    fn different_questions_stand_beside_each_other() {
        let at = "2026-11-20T08:00:00Z";
        let whole = Snapshot::of_parts(vec![
            part(vec![place("us-east-1", at, 7, "L-2")]),
            part(vec![place("us-east-1", at, 5, "L-1")]),
        ]);
        let codes: Vec<&str> = whole.places[0].quotas.iter().map(|q| q.code.as_str()).collect();
        assert_eq!(codes, ["L-1", "L-2"]);
    }
}
