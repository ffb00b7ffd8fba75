//! What the services take in the keys and values of tags.

/// Characters that a service takes in keys or in values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Characters {
    /// Nearly anything, or no rule is known for certain.
    Any,
    /// Letters, digits, spaces and `_ . : / = + - @`.
    Common,
    /// The same, but ASCII only.
    Ascii,
    /// ASCII letters, `_`, and what lies between `+` and `=`: digits and `, - . / : ; <`.
    Narrow,
}

#[derive(Debug)]
pub(super) struct Service {
    /// Beginning of the resource types' names.
    pub types: &'static str,
    pub name: &'static str,
    pub keys: Characters,
    pub values: Characters,
    pub most: usize,
    /// Longest key and value, in characters.
    pub longest: (usize, usize),
    pub refuses_empty_values: bool,
    pub refused_keys: &'static [&'static str],
}

const ANY: Service = Service {
    types: "",
    name: "AWS",
    keys: Characters::Any,
    values: Characters::Any,
    most: 50,
    longest: (128, 256),
    refuses_empty_values: false,
    refused_keys: &[],
};

/// A service that takes any character, as far as anybody says.
const fn named(types: &'static str, name: &'static str) -> Service {
    Service { types, name, ..ANY }
}

/// A service that takes letters, digits, spaces and the common signs.
const fn common(types: &'static str, name: &'static str) -> Service {
    Service { types, name, keys: Characters::Common, values: Characters::Common, ..ANY }
}

/// A service that says of keys alone which characters it takes.
const fn keys(types: &'static str, name: &'static str, keys: Characters) -> Service {
    Service { types, name, keys, ..ANY }
}

/// A service that takes ASCII alone.
const fn ascii(types: &'static str, name: &'static str) -> Service {
    Service { types, name, keys: Characters::Ascii, values: Characters::Ascii, ..ANY }
}

/// Returns what the service of a resource type takes.
pub(super) fn of_type(ty: &str) -> &'static Service {
    SERVICES.iter().find(|s| ty.starts_with(s.types)).expect("bug: the last entry fits every type")
}

/// The first entry that fits counts. Services that are not listed are held to numbers and lengths only:
/// EC2 takes nearly any character, and for others nobody says.
///
/// <https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html>, and the patterns of keys and values
/// in the services' own API references, under the data type `Tag` or the request that tags.
pub(super) static SERVICES: [Service; 68] = [
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
    Service { most: 10, ..common("aws_s3_object", "an S3 object") },
    Service { most: 10, ..common("aws_s3_bucket_object", "an S3 object") },
    common("aws_s3", "S3"),
    common("aws_acm_", "ACM"),
    common("aws_cloudfront_", "CloudFront"),
    common("aws_cloudwatch_log_", "CloudWatch Logs"),
    // https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Tag.html
    Service { longest: (127, 255), ..common("aws_codebuild_", "CodeBuild") },
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TaggingRestrictions.html
    common("aws_dynamodb_", "DynamoDB"),
    common("aws_ecr_", "ECR"),
    common("aws_ecs_", "ECS"),
    common("aws_efs_", "EFS"),
    common("aws_fsx_", "FSx"),
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
    common("aws_iam_", "IAM"),
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-kms-key-tag.html
    common("aws_kms_", "KMS"),
    common("aws_lambda_", "Lambda"),
    common("aws_lb", "Elastic Load Balancing"),
    common("aws_alb", "Elastic Load Balancing"),
    common("aws_organizations_", "Organizations"),
    common("aws_sagemaker_", "SageMaker"),
    common("aws_ssm_", "Systems Manager"),
    common("aws_ssoadmin_", "IAM Identity Center"),
    common("aws_wafv2_", "WAF"),
    Service { refuses_empty_values: true, ..common("aws_mwaa_", "MWAA") },
    // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_TagResource.html
    ascii("aws_bedrockagent_", "Amazon Bedrock"),
    ascii("aws_bedrock_", "Amazon Bedrock"),
    // https://docs.aws.amazon.com/connect/latest/APIReference/API_TagResource.html
    keys("aws_connect_", "Amazon Connect", Characters::Common),
    keys("aws_customerprofiles_", "Customer Profiles", Characters::Narrow),
    Service { most: 200, ..keys("aws_appintegrations_", "AppIntegrations", Characters::Narrow) },
    // https://docs.aws.amazon.com/lexv2/latest/APIReference/API_CreateBot.html
    Service { most: 200, ..keys("aws_lexv2models_", "Amazon Lex", Characters::Any) },
    // From here on by the patterns and lengths of keys and values in the API references alone.
    common("aws_acmpca_", "ACM Private CA"),
    Service { keys: Characters::Narrow, values: Characters::Common, ..named("aws_amplify_", "Amplify") },
    keys("aws_appflow_", "AppFlow", Characters::Narrow),
    common("aws_applicationinsights_", "Application Insights"),
    common("aws_appstream_", "AppStream"),
    Service { longest: (128, 255), ..keys("aws_auditmanager_", "Audit Manager", Characters::Narrow) },
    Service { refuses_empty_values: true, ..named("aws_cloudtrail", "CloudTrail") },
    common("aws_codestarnotifications_", "notification rules"),
    keys("aws_detective_", "Detective", Characters::Narrow),
    common("aws_directory_service_", "Directory Service"),
    keys("aws_dlm_", "Data Lifecycle Manager", Characters::Narrow),
    keys("aws_docdbelastic_", "DocumentDB elastic clusters", Characters::Narrow),
    ascii("aws_dsql_", "Aurora DSQL"),
    ascii("aws_emrserverless_", "EMR Serverless"),
    common("aws_fms_", "Firewall Manager"),
    keys("aws_guardduty_", "GuardDuty", Characters::Narrow),
    keys("aws_imagebuilder_", "Image Builder", Characters::Ascii),
    keys("aws_iot_", "IoT", Characters::Common),
    common("aws_ivs_", "IVS"),
    Service { refuses_empty_values: true, ..named("aws_keyspaces_", "Keyspaces") },
    keys("aws_neptunegraph_", "Neptune Analytics", Characters::Narrow),
    Service { refuses_empty_values: true, ..named("aws_paymentcryptography_", "Payment Cryptography") },
    Service { refuses_empty_values: true, ..named("aws_quicksight_", "QuickSight") },
    common("aws_rbin_", "Recycle Bin"),
    common("aws_rekognition_", "Rekognition"),
    common("aws_resourcegroups_", "Resource Groups"),
    ascii("aws_rolesanywhere_", "IAM Roles Anywhere"),
    keys("aws_rum_", "CloudWatch RUM", Characters::Narrow),
    Service { refuses_empty_values: true, ..named("aws_scheduler_", "EventBridge Scheduler") },
    keys("aws_securityhub_", "Security Hub", Characters::Narrow),
    Service { refuses_empty_values: true, ..common("aws_servicecatalog_", "Service Catalog") },
    common("aws_servicecatalogappregistry_", "AppRegistry"),
    keys("aws_signer_", "Signer", Characters::Narrow),
    keys("aws_storagegateway_", "Storage Gateway", Characters::Common),
    keys("aws_synthetics_", "CloudWatch Synthetics", Characters::Narrow),
    Service { longest: (127, 255), ..named("aws_workspaces_", "WorkSpaces") },
    common("aws_workspacesweb_", "WorkSpaces Secure Browser"),
    // https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/applications-tagging-resources.html
    Service {
        types: "aws_elastic_beanstalk_",
        name: "Elastic Beanstalk",
        refuses_empty_values: true,
        refused_keys: &["Name"],
        ..ANY
    },
    ANY,
];

impl Characters {
    pub fn takes(self, c: char) -> bool {
        let sign = |c: char| "_.:/=+-@".contains(c);
        match self {
            Characters::Any => true,
            Characters::Common => c.is_alphanumeric() || is_mark(c) || is_space(c) || sign(c),
            Characters::Ascii => c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || sign(c),
            Characters::Narrow => c.is_ascii_alphabetic() || c == '_' || ('+'..='=').contains(&c),
        }
    }
}

/// Separators (`\p{Z}`), which control characters such as tabs are not.
fn is_space(c: char) -> bool {
    c.is_whitespace() && !c.is_control()
}

/// Marks that some scripts cannot do without follow letters; services differ in them, so they are let through.
fn is_mark(c: char) -> bool {
    matches!(u32::from(c), 0x0300..=0x036F | 0x0900..=0x0DFF | 0x0E31..=0x0E4E | 0x3099..=0x309A)
}
