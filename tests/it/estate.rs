//! Writes a monorepo: root modules over shared modules, in a few accounts. The same for the same numbers.

use std::path::Path;

/// Regions in turn.
const REGIONS: [&str; 3] = ["eu-central-1", "us-east-1", "us-west-2"];

/// Writes `roots` root modules below `stacks`, each with that many tenants, and the settings.
pub fn write(folder: &Path, roots: usize, tenants: usize) {
    let put = |path: &str, text: &str| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a file lies in a folder"))
            .expect("folders can be made");
        std::fs::write(path, text).expect("files can be written");
    };
    put(".tf-headroom.hcl", SETTINGS);
    put("modules/tenant/main.tf", TENANT);
    put("modules/table/main.tf", TABLE);
    for root in 0..roots {
        let at = format!("stacks/stack-{root:04}");
        put(&format!("{at}/providers.tf"), &providers(root));
        put(&format!("{at}/main.tf"), &main(root));
        put(&format!("{at}/terraform.tfvars"), &values(root, tenants));
    }
}

const SETTINGS: &str = r#"tag "Tenant" {
  types = ["aws_connect_queue", "aws_dynamodb_table", "aws_sqs_queue"]
}

tag "Environment" {
  allowed = ["dev", "prod"]
}

account "shared" {
  id    = "999999999999"
  paths = ["stacks/stack-*7"]
}

exempt "aws_sns_topic" {
  tags   = ["Environment"]
  reason = "topics are shared"
}
"#;

const TENANT: &str = r#"variable "name" {
  type = string
}

variable "queues" {
  type    = set(string)
  default = ["general"]
}

variable "instance_id" {
  type = string
}

variable "hours_id" {
  type = string
}

resource "aws_connect_queue" "q" {
  for_each              = var.queues
  instance_id           = var.instance_id
  hours_of_operation_id = var.hours_id
  name                  = "${var.name}-${each.key}"
  tags                  = { Tenant = var.name }
}

module "table" {
  source = "../table"
  name   = var.name
}
"#;

const TABLE: &str = r#"variable "name" {
  type = string
}

resource "aws_dynamodb_table" "t" {
  name         = var.name
  hash_key     = "id"
  billing_mode = "PAY_PER_REQUEST"

  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_sqs_queue" "dead" { # tf-headroom: allow tag-missing — the queue of a module that knows no tenant
  name = "${var.name}-dead"
}
"#;

fn providers(root: usize) -> String {
    let region = REGIONS[root % REGIONS.len()];
    // Told by number, by a role, by the settings, by keys, and by nobody.
    let account = match root % 5 {
        0 => "  allowed_account_ids = [\"111111111111\"]\n".to_owned(),
        1 => "  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/deploy\"\n  }\n".to_owned(),
        2 => String::new(),
        3 => format!("  profile = \"team-{}\"\n", root % 2),
        _ => format!("  access_key = \"AKIAEXAMPLE{root}\"\n  secret_key = \"hidden-{root}\"\n"),
    };
    let environment = ["dev", "prod", "test"][root % 3];
    format!(
        "terraform {{\n  backend \"s3\" {{}}\n}}\n\nprovider \"aws\" {{\n  region = \"{region}\"\n{account}
  default_tags {{\n    tags = {{ Environment = \"{environment}\" }}\n  }}\n}}\n"
    )
}

fn main(root: usize) -> String {
    let unknown = match root % 4 {
        0 => {
            "data \"aws_availability_zones\" \"z\" {}\n\nresource \"aws_eip\" \"z\" {\n  count = length(data.aws_availability_zones.z.names)\n}\n"
        }
        // An unneeded comment, and a name that Terraform would refuse.
        1 => {
            "# tf-headroom: allow tag-value\nresource \"aws_eip\" \"one\" {}\n\noutput \"x\" {\n  value = var.nowhere\n}\n"
        }
        2 => {
            "resource \"aws_vpc\" \"own\" {\n  cidr_block = \"10.0.0.0/16\"\n}\n\nresource \"aws_subnet\" \"s\" {\n  count      = 3\n  vpc_id     = [aws_vpc.own.id, var.vpc_id][count.index % 2]\n  cidr_block = \"10.0.${count.index}.0/24\"\n}\n"
        }
        _ => "resource \"aws_eip\" \"four\" {\n  count = 4\n}\n",
    };
    format!(
        r#"variable "vpc_id" {{
  type = string
}}

variable "tenants" {{
  type = map(object({{ queues = optional(set(string), ["general"]) }}))
}}

variable "password" {{
  type      = string
  sensitive = true
}}

resource "aws_connect_instance" "this" {{
  identity_management_type = "CONNECT_MANAGED"
  inbound_calls_enabled    = true
  outbound_calls_enabled   = true
  instance_alias           = "centre-{root}"
}}

resource "aws_connect_hours_of_operation" "always" {{
  instance_id = aws_connect_instance.this.id
  name        = "always"
  time_zone   = "UTC"
}}

module "tenant" {{
  source      = "../../modules/tenant"
  for_each    = var.tenants
  name        = each.key
  queues      = each.value.queues
  instance_id = aws_connect_instance.this.id
  hours_id    = aws_connect_hours_of_operation.always.hours_of_operation_id
}}

resource "aws_sns_topic" "alarms" {{
  name = "alarms-{root}"
  tags = {{ Owner = var.password }}
}}

resource "aws_security_group" "shared" {{
  for_each = toset(["a", "b"])
  vpc_id   = var.vpc_id
}}

{unknown}"#
    )
}

fn values(root: usize, tenants: usize) -> String {
    let all: Vec<String> = (0..tenants)
        .map(|t| match (root + t) % 3 {
            0 => format!("  t{t} = {{ queues = [\"general\", \"night\", \"vip\"] }}\n"),
            _ => format!("  t{t} = {{}}\n"),
        })
        .collect();
    format!(
        "vpc_id = \"vpc-0123456789abcde{:02}\"\npassword = \"never-told\"\ntenants = {{\n{}}}\n",
        root % 2,
        all.concat()
    )
}
