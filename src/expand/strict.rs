//! Everything evaluated, and what Terraform would report of it.
//!
//! Terraform goes in stages and stops after the first that finds an error: loading, values of variables, a walk in which
//! no variable is known (`validate`), and the plan. In a walk a step is left out if a step it needs has failed. So do we.

use super::graph::{Graph, Vertex};
use super::lookup::Rep;
use super::names::{Scope, expressions, is_data, wrong_names};
use super::rules::{Place, RuleKind};
use super::{FrameId, Root, Walk, imports, moves, remote_state, structure};
use crate::eval::EvalError;
use crate::finding::{Diagnostic, Severity};
use crate::module::tree::NodeId;
use crate::module::{Argument, At, Module, Provisioner, SlotId, Step, Target};
use crate::source::Span;
use crate::syntax::StepKind;
use crate::value::{Cause, Count, Marks, Type, Value, convert, convert_error_text};

impl Root<'_> {
    /// Evaluates everything, as `terraform plan` does.
    pub(super) fn evaluate_strictly(&mut self) {
        if self.has_errors() {
            return;
        }
        let root = self.tree.node(NodeId(0)).module.clone();
        if root.files.is_empty() {
            self.diagnostics.push(Diagnostic::error(
                "No configuration files",
                "Plan requires configuration to be present. Planning without a configuration would mark everything for destruction.",
                None,
            ));
            return;
        }
        self.report_variables();
        if self.has_errors() {
            return;
        }
        self.diagnostics.extend(structure::unknown_provisioners(&self.tree));
        if self.has_errors() {
            return;
        }
        self.calls_match();
        if self.has_errors() {
            return;
        }
        self.diagnostics.extend(structure::absent_providers(&self.tree, false));
        let graph = Graph::new(&self.tree);
        if !self.has_errors() {
            self.diagnostics.extend(graph.cycle_diagnostics(&self.tree));
        }
        if self.has_errors() {
            return;
        }
        self.walk(&graph, Walk::Validate);
        self.validate_imports();
        self.restart(Walk::Plan);
        if self.has_errors() {
            return;
        }
        for id in (0..self.tree.nodes.len() as u32).map(NodeId) {
            self.diagnostics.extend(structure::removed_still(&self.tree, id));
        }
        if self.has_errors() {
            return;
        }
        self.find_import_targets();
        if self.has_errors() {
            return;
        }
        let before = self.diagnostics.len();
        self.walk(&graph, Walk::Plan);
        self.plan_imports();
        let moved = moves::problems(self);
        if !moved.is_empty() {
            self.diagnostics.truncate(before);
            self.diagnostics.extend(moved);
        }
        if !self.has_errors() {
            self.diagnostics.extend(imports::absent(self));
        }
    }

    /// Compares module calls with the variables of the modules; Terraform stops at the first call that is wrong.
    fn calls_match(&mut self) {
        // The modules farthest from the root come first.
        for id in (0..self.tree.nodes.len() as u32).rev().map(NodeId) {
            let node = self.tree.node(id);
            for (call, child) in node.children.iter().enumerate() {
                let Some(child) = child else { continue };
                let found = structure::call_arguments(&node.module, call, &self.tree.node(*child).module);
                if !found.is_empty() {
                    self.diagnostics.extend(found);
                    return;
                }
            }
        }
    }

    /// Forgets all values: what was worked out with unknown variables says nothing of a plan.
    fn restart(&mut self, walk: Walk) {
        self.walk = walk;
        self.frames.clear();
        self.expanded = 0;
        self.by_node.clear();
        self.objects.take();
        self.blocked.clear();
        self.failed_checks.clear();
        self.new_frame(NodeId(0), None, None, Count::exactly(1), None);
    }

    fn walk(&mut self, graph: &Graph, walk: Walk) {
        self.restart(walk);
        let mut failed = vec![false; graph.len()];
        for &vertex in graph.order() {
            failed[vertex as usize] =
                graph.edges(vertex).iter().any(|e| failed[*e as usize]) || !self.visit(graph, vertex);
        }
    }

    /// Evaluates a step in all instances of its module. True if nothing was wrong.
    fn visit(&mut self, graph: &Graph, vertex: Vertex) -> bool {
        let (id, step) = graph.step(&self.tree, vertex);
        let module = self.tree.node(id).module.clone();
        let before = self.failures;
        match step {
            Step::Close => {}
            Step::Variable(i) => self.visit_variable(id, &module, i),
            Step::Validation(i) => self.visit_validation(id, &module, i),
            Step::Local(i) => {
                let own = structure::local_itself(&module, i);
                if !self.refuse(own)
                    && self.names_are_fine(&module, &[module.locals[i as usize].at], Scope::default())
                {
                    self.demand_in(id, module.local_slot(i as usize));
                }
            }
            Step::Output(i) => {
                for frame in self.frames_of(id) {
                    self.visit_output(frame, &module, i);
                }
            }
            Step::Resource(i) => match self.walk {
                Walk::Plan => self.plan_resource(id, &module, i),
                Walk::Validate | Walk::Demand => self.validate_resource(id, &module, i),
            },
            Step::Call(i) => {
                let call = &module.calls[i as usize];
                let repeat: Vec<At> = call.repeat.at().into_iter().collect();
                if self.names_are_fine(&module, &repeat, Scope::default()) {
                    self.demand_in(id, module.call_slot(i as usize));
                    if self.walk == Walk::Validate {
                        self.depends_on(&module, &call.depends_on);
                    }
                }
            }
            Step::Check(i) => self.visit_check(id, &module, i),
            Step::Provider(i) => {
                let items = &module.providers[i as usize].items;
                let refused = structure::provider_arguments(&module, &module.providers[i as usize]);
                if !self.refuse(refused)
                    && self.names_are_fine(&module, &expressions(items), Scope::default())
                {
                    self.demand_in(id, module.provider_slot(i as usize));
                }
            }
        }
        self.failures == before
    }

    fn demand_in(&mut self, id: NodeId, slot: SlotId) {
        for frame in self.frames_of(id) {
            self.demand(frame, slot);
        }
    }

    /// Reports what the code alone shows. True if there is any of it.
    pub(super) fn refuse(&mut self, found: Vec<Diagnostic>) -> bool {
        let any = !found.is_empty();
        for problem in found {
            if problem.severity == Severity::Error {
                self.failures += 1;
            }
            let key = (problem.summary.clone(), problem.span);
            if let std::collections::hash_map::Entry::Vacant(new) = self.reported.entry(key) {
                new.insert(self.diagnostics.len());
                self.diagnostics.push(problem);
            }
        }
        any
    }

    /// Reports names that are not declared or not for this place. True if there are none.
    pub(super) fn names_are_fine(&mut self, module: &Module, ats: &[At], scope: Scope) -> bool {
        let found = wrong_names(module, ats, scope);
        !self.refuse(found)
    }

    fn visit_variable(&mut self, id: NodeId, module: &Module, index: u32) {
        if let Some((parent, call)) = self.tree.node(id).parent {
            let caller = self.tree.node(parent).module.clone();
            let call = &caller.calls[call as usize];
            let name = &module.variables[index as usize].name;
            if let Some(input) = call.inputs.iter().find(|i| i.name == *name) {
                let scope = match self.walk {
                    // Nothing is known of the instances yet, not even how they are told apart.
                    Walk::Validate => Scope { count: true, each: true, ..Scope::default() },
                    Walk::Plan | Walk::Demand => Scope::of(call.repeat),
                };
                if !self.names_are_fine(&caller, &[input.at], scope) {
                    return;
                }
            }
        }
        self.demand_in(id, module.variable_slot(index as usize));
    }

    fn visit_validation(&mut self, id: NodeId, module: &Module, index: u32) {
        let variable = &module.variables[index as usize];
        let ats: Vec<At> =
            variable.validations.iter().flat_map(|r| [r.condition, r.message]).flatten().collect();
        if ats.is_empty() || !self.names_are_fine(module, &ats, Scope::default()) {
            return;
        }
        let blame = match self.tree.node(id).parent {
            None => self.given.span(&variable.name).or(Some(variable.span)),
            Some((parent, call)) => {
                let caller = &self.tree.node(parent).module;
                let input = caller.calls[call as usize].inputs.iter().find(|i| i.name == variable.name);
                // Terraform tells no place where a default fails in a module that is called.
                input.map(|i| caller.span(i.at))
            }
        };
        for frame in self.frames_of(id) {
            for at in &ats {
                self.demand_at(frame, *at);
            }
            self.validate(frame, index, blame);
        }
    }

    /// Checks the elements of `depends_on`.
    fn depends_on(&mut self, module: &Module, ats: &[At]) {
        for at in ats {
            let mut found = wrong_names(module, &[*at], Scope::default());
            module.references(*at, &mut |_, reference, resolved| {
                let kind = |i: usize| reference.steps.get(i).map(|s| &s.kind);
                let mut used = resolved.used;
                if matches!(resolved.target, Target::Resource(_) | Target::Call(_))
                    && matches!(kind(used), Some(StepKind::Index(_) | StepKind::LegacyIndex(_)))
                {
                    used += 1;
                }
                // An output of a module is whole by itself.
                if matches!(resolved.target, Target::Call(_)) && matches!(kind(used), Some(StepKind::Attr(_))) {
                    used += 1;
                }
                let rest = reference.steps.get(used);
                if let (Some(step), false) = (rest, matches!(resolved.target, Target::Invalid(_))) {
                    found.push(Diagnostic::error(
                        "Invalid depends_on reference",
                        "References in depends_on must be to a whole object (resource, etc), not to an attribute of an object.",
                        Some(step.span.in_file(module.files[at.file as usize].id)),
                    ));
                }
            });
            self.refuse(found);
        }
    }

    fn visit_output(&mut self, frame: FrameId, module: &Module, index: u32) {
        let output = &module.outputs[index as usize];
        let is_root = frame.0 == 0;
        if is_root && output.ephemeral {
            let detail = "Ephemeral outputs are not allowed in context of a root module";
            self.report(&EvalError::new("Ephemeral output not allowed", detail, Some(output.span)), None);
            return;
        }
        let place = Place { frame, rep: Rep::None, this: None, own: None };
        if !self.rules_hold(RuleKind::Output, &output.preconditions, place, Scope::default(), &|| None) {
            return;
        }
        let before = self.failures;
        let slot = module.output_slot(index as usize);
        let Some(at) = output.value else { return };
        if self.names_are_fine(module, &[at], Scope::default()) {
            self.demand(frame, slot);
        }
        self.depends_on(module, &output.depends_on);
        if self.failures > before {
            return;
        }
        let value = match output.ephemeral {
            // The slot holds the mark that the block promises.
            true => self.raw_output(frame, at),
            false => self.slot(frame, slot).at(0).clone(),
        };
        let marks = value.marks_deep();
        let refuse = |root: &mut Self, summary: &str, detail: &str, span: Span| {
            root.report(&EvalError::new(summary, detail, Some(span)), None);
        };
        if is_root && !output.sensitive && marks.contains(Marks::SENSITIVE) {
            refuse(
                self,
                "Output refers to sensitive values",
                "To reduce the risk of accidentally exporting sensitive data that was intended to be only internal, Terraform requires that any root module output containing sensitive data be explicitly marked as sensitive, with `sensitive = true`.",
                output.span,
            );
        } else if output.ephemeral && !value.marks().contains(Marks::EPHEMERAL) {
            refuse(
                self,
                "Value not allowed in ephemeral output",
                "This output value is declared as returning an ephemeral value, so it can only be set to an ephemeral value.",
                module.span(at),
            );
        } else if !output.ephemeral && marks.contains(Marks::EPHEMERAL) {
            refuse(
                self,
                "Ephemeral value not allowed",
                "This output value is not declared as returning an ephemeral value, so it cannot be set to a result derived from an ephemeral value.",
                module.span(at),
            );
        }
    }

    /// Evaluates what rules mention, and tests them. True if none fails.
    pub(super) fn rules_hold(
        &mut self,
        kind: RuleKind,
        rules: &[crate::module::Rule],
        place: Place<'_>,
        scope: Scope,
        address: &dyn Fn() -> Option<String>,
    ) -> bool {
        let module = self.frame(place.frame).module.clone();
        let ats: Vec<At> = rules.iter().flat_map(|r| [r.condition, r.message]).flatten().collect();
        if !self.names_are_fine(&module, &ats, scope) {
            return false;
        }
        for at in &ats {
            self.demand_at(place.frame, *at);
        }
        self.test(kind, rules, place, address)
    }

    fn visit_check(&mut self, id: NodeId, module: &Module, index: u32) {
        let asserts = &module.checks[index as usize].asserts;
        let scope = Scope { check: Some(index), ..Scope::default() };
        for frame in self.frames_of(id) {
            let place = Place { frame, rep: Rep::None, this: None, own: None };
            if self.walk == Walk::Plan {
                if !self.failed_checks.contains(&(frame, index)) {
                    self.rules_hold(RuleKind::Assertion, asserts, place, scope, &|| None);
                }
                continue;
            }
            let ats: Vec<At> = asserts.iter().filter_map(|r| r.message).collect();
            let all: Vec<At> = asserts.iter().flat_map(|r| [r.condition, r.message]).flatten().collect();
            if self.names_are_fine(module, &all, scope) {
                ats.iter().for_each(|at| self.demand_at(frame, *at));
                let messages: Vec<crate::module::Rule> =
                    asserts.iter().map(|r| crate::module::Rule { condition: None, ..r.clone() }).collect();
                self.look_over(&messages, place, &|| None);
            }
        }
    }

    /// Checks a resource as far as can be told when no variable is known.
    fn validate_resource(&mut self, id: NodeId, module: &Module, index: u32) {
        let resource = &module.resources[index as usize];
        let scope = Scope { check: resource.check, builtin: is_data(resource), ..Scope::of(resource.repeat) };
        let outer = Scope { check: resource.check, ..Scope::default() };
        let repeat: Vec<At> = resource.repeat.at().into_iter().collect();
        if self.names_are_fine(module, &repeat, outer) {
            self.demand_in(id, module.resource_slot(index as usize));
        }
        self.depends_on(module, &resource.depends_on);
        self.validate_body(id, module, index, scope);
        for (rules, scope) in [
            (&resource.lifecycle.preconditions, scope),
            (&resource.lifecycle.postconditions, scope.with_this()),
        ] {
            for at in rules.iter().flat_map(|r| [r.condition, r.message]).flatten() {
                if self.names_are_fine(module, &[at], scope) {
                    self.try_out(id, index, at, scope, None);
                }
            }
        }
        for provisioner in &resource.provisioners {
            if !self.validate_provisioner(id, module, index, provisioner, scope.with_this()) {
                return;
            }
        }
    }

    /// Checks a provisioner and the connection it uses. True if nothing is wrong.
    fn validate_provisioner(
        &mut self,
        id: NodeId,
        module: &Module,
        index: u32,
        provisioner: &Provisioner,
        scope: Scope,
    ) -> bool {
        let before = self.failures;
        let ats: Vec<At> = provisioner.arguments.iter().map(|a| a.at).collect();
        if self.names_are_fine(module, &ats, scope)
            && !self.refuse(structure::provisioner_arguments(provisioner))
        {
            for argument in &provisioner.arguments {
                let ty = structure::provisioner_type(&provisioner.ty, &argument.name);
                self.try_out(id, index, argument.at, scope, Some((&argument.name, &ty)));
            }
        }
        // Its own connection goes over that of the resource.
        let own = |name: &str| provisioner.connection.iter().any(|a| a.name == name);
        let shared = module.resources[index as usize].connection.iter().filter(|a| !own(&a.name));
        let connection: Vec<Argument> = shared.chain(&provisioner.connection).cloned().collect();
        let ats: Vec<At> = connection.iter().map(|a| a.at).collect();
        if self.names_are_fine(module, &ats, scope)
            && !self.refuse(structure::connection_arguments(&connection))
        {
            for at in ats {
                self.try_out(id, index, at, scope, None);
            }
        }
        self.failures == before
    }

    fn validate_body(&mut self, id: NodeId, module: &Module, index: u32, scope: Scope) {
        let resource = &module.resources[index as usize];
        if self.refuse(structure::resource_type(module, resource).into_iter().collect())
            || !self.names_are_fine(module, &expressions(&resource.items), scope)
            || self.refuse(structure::resource_arguments(module, resource))
        {
            return;
        }
        let before = self.failures;
        let first = module.resource_slot(index as usize).0;
        for item in 0..resource.items.len() as u32 {
            self.demand_in(id, SlotId(first + 1 + item));
        }
        if self.failures == before {
            self.refuse(structure::ignored(module, resource));
            for frame in self.frames_of(id) {
                let is_null = |item: usize| self.slot(frame, SlotId(first + 1 + item as u32)).at(0).is_null();
                let found = structure::read_only_values(module, resource, &is_null);
                self.refuse(found);
                self.read_data(frame, index);
            }
        }
    }

    /// Evaluates an expression of a resource for the sake of its errors; as an argument, it has to be of a type.
    fn try_out(&mut self, id: NodeId, index: u32, at: At, scope: Scope, want: Option<(&str, &Type)>) {
        for frame in self.frames_of(id) {
            self.demand_at(frame, at);
            let keys = self.resource_keys(frame, index);
            let this = scope.this.then(|| Value::unknown(Type::Dynamic, Cause::unstated()));
            let place = Place { frame, rep: Rep::of(&keys, 0), this: this.as_ref(), own: None };
            let found = self.eval_in(place, at).and_then(|value| {
                let Some((name, ty)) = want else { return Ok(()) };
                convert(&value, ty).map(drop).map_err(|e| {
                    let text = convert_error_text(&e);
                    EvalError::new(
                        "Incorrect attribute value type",
                        format!("Inappropriate value for attribute {name:?}: {text}."),
                        Some(self.frame(frame).module.span(at)),
                    )
                })
            });
            if let Err(e) = found {
                self.report(&e, None);
            }
        }
    }

    /// Evaluates what an expression needs.
    pub(super) fn demand_at(&mut self, frame: FrameId, at: At) {
        let module = self.frame(frame).module.clone();
        let mut targets = Vec::new();
        module.references(at, &mut |_, _, resolved| targets.push(resolved.clone()));
        for dep in module.deps_of_targets(&targets) {
            self.demand_dep(frame, &dep);
        }
    }

    /// Returns the value of an output as its expression gives it, without what the block says of it.
    fn raw_output(&self, frame: FrameId, at: At) -> Value {
        let place = Place { frame, rep: Rep::None, this: None, own: None };
        self.eval_in(place, at).unwrap_or_else(|e| Root::failed(e.span))
    }

    /// Checks the arguments of a data source that Terraform brings, and reads it if that is due.
    pub(super) fn read_data(&mut self, frame: FrameId, block: u32) {
        if self.frame(frame).module.resources[block as usize].name.ty != remote_state::TYPE {
            return;
        }
        for place in 0..self.resource_keys(frame, block).len() {
            let source = remote_state::Source { frame, block, place };
            let mut found = remote_state::validate(self, source);
            if self.walk == Walk::Plan && found.is_ok() {
                found = remote_state::outputs(self, source).map(drop);
            }
            let check = self.frame(frame).module.resources[block as usize].check;
            match (found, check) {
                (Ok(()), _) => {}
                // A data source of a check fails the check, and nothing else.
                (Err(e), Some(check)) if self.walk == Walk::Plan => {
                    self.diagnostics.push(Diagnostic { severity: Severity::Warning, ..e.diagnostic() });
                    self.failed_checks.insert((frame, check));
                }
                (Err(e), _) => self.report(&e, None),
            }
        }
    }
}
