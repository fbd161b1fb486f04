//! A `config.toml` and variables in, values or problems out.

use super::budget::{Pace, WhenExhausted};
use super::models::ProviderKind;
use super::record::KeepContent;
use super::secret::SecretPlace;
use super::*;
use kaizen_domain::money::{Price, Usd};
use std::time::Duration;

const FULL: &str = r#"
[models]
vram = "16GB"
vram_share = 0.8
hot = ["ollama/llama3.2:3b"]
[models.providers.openai]
key = "file:/run/secrets/openai"
prices = { "gpt-4o-mini" = { input = 0.15, output = 0.6, cache_read = 0.075 } }
headers = { "x-team" = "s3cret" }
[models.providers.lab]
kind = "openai"
base_url = "http://lab:8000/v1/"
models = ["qwen*"]
idle_timeout = "5s"
[models.providers.demo]
kind = "script"
file = "answers.toml"

[roles]
intent = "ollama/llama3.2:3b"
coding = "anthropic/claude-sonnet-4-5"

[routes.auto]
candidates = ["ollama/llama3.1:8b", "openai/gpt-4o-mini"]
tiers = [{ model = "ollama/llama3.1:8b", attempts = 3 }, { model = "openai/gpt-4o-mini" }]
[[routes.auto.rules]]
tenant = "shop"
min_tokens = 1000
candidates = ["lab/qwen2.5:72b"]

[budget]
monthly = 20
pace = "phases"
when_exhausted = "refuse"
reference = "openai/gpt-4o"
task_limits = { simple = 0.01 }

[record]
content = "redacted"
retention = "30d"
redact = ["CUST-[0-9]+"]
[privacy]
offline = true
[serve]
address = "127.0.0.1:9000"
body_limit = "1MiB"
tokens = ["env:KAIZEN_TOKEN"]
[cache]
for = ["summarise"]
lifetime = "10m"
[otlp]
forward = "http://127.0.0.1:4318"
headers = { authorization = "Bearer s3cret" }
"#;

fn read(text: &str, variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    parse(Some(text), Path::new("config.toml"), variables)
}

fn told(text: &str, variables: &[(&str, &str)]) -> String {
    let error = read(text, variables).unwrap_err();
    format!("{error} -> {}", error.hint())
}

fn origin(settings: &Settings, key: &str) -> (String, Origin) {
    let entries = settings.entries().unwrap();
    let entry = entries.iter().find(|entry| entry.key == key).unwrap_or_else(|| panic!("{key} is not among {entries:?}"));
    (entry.value.clone(), entry.origin.clone())
}

#[test]
fn without_a_file_the_three_providers_are_there_and_nothing_is_limited() {
    let settings = parse(None, Path::new("config.toml"), []).unwrap();
    let providers = &settings.models.providers;
    let seen: Vec<_> = providers.iter().map(|(name, one)| (name.as_str(), one.kind, one.base_url.as_ref().unwrap().as_str())).collect();
    assert_eq!(
        seen,
        [
            ("anthropic", ProviderKind::Anthropic, "https://api.anthropic.com"),
            ("ollama", ProviderKind::Ollama, "http://127.0.0.1:11434"),
            ("openai", ProviderKind::Openai, "https://api.openai.com/v1"),
        ]
    );
    assert_eq!(providers["openai"].key, Some(SecretPlace::Env("OPENAI_API_KEY".into())));
    assert_eq!(settings.budget.policy(), kaizen_domain::budget::Policy::default());
    assert_eq!((settings.cache.serves(&["chat"]), settings.privacy.offline), (false, false));
    assert_eq!(
        (settings.serve.address.as_str(), settings.serve.address.host(), settings.serve.address.port()),
        ("127.0.0.1:8400", "127.0.0.1", 8400)
    );
}

#[test]
fn a_full_file_is_what_it_says() {
    let settings = read(FULL, &[]).unwrap();
    let (openai, lab) = (&settings.models.providers["openai"], &settings.models.providers["lab"]);
    assert_eq!(openai.key, Some(SecretPlace::File("/run/secrets/openai".into())));
    let price: Price = openai.prices.values().next().copied().unwrap().into();
    assert_eq!(price, Price { input: 0.15, output: 0.6, cache_read: Some(0.075), cache_write: None });
    assert_eq!((openai.headers["x-team"].reveal(), openai.models.is_empty()), ("s3cret", false));
    assert_eq!((lab.base_url.as_ref().unwrap().as_str(), lab.key.as_ref()), ("http://lab:8000/v1", None));
    assert_eq!((lab.idle_timeout.0, lab.timeout.0), (Duration::from_secs(5), Duration::from_secs(600)));
    let policy = settings.budget.policy();
    assert_eq!(
        (policy.monthly, policy.limits.simple, policy.limits.medium),
        (Usd::from_dollars(20.0), Usd::from_nanos(10_000_000), Usd::from_nanos(200_000_000))
    );
    assert_eq!((settings.budget.pace, settings.budget.when_exhausted), (Pace::Phases, WhenExhausted::Refuse));
    assert_eq!((settings.record.content, settings.record.retention.to_string().as_str()), (KeepContent::Redacted, "30d"));
    assert!(settings.cache.serves(&["chat", "summarise"]) && !settings.cache.serves(&["chat"]));
    let route = &settings.routes["auto"];
    assert_eq!(route.tiers.iter().map(|tier| tier.attempts).collect::<Vec<_>>(), [3, 1]);
    let rule = &route.rules[0];
    assert_eq!((rule.tenant.as_deref(), rule.min_tokens, rule.candidates[0].as_str()), (Some("shop"), Some(1000), "lab/qwen2.5:72b"));
}

#[test]
fn every_mistake_names_its_place_and_what_would_be_right() {
    let cases = [
        ("[budgt]\nmonthly = 5", "config.toml:1: budgt: unknown key -> did you mean `budget`?"),
        ("[budget]\nmontly = 5", "config.toml:2: budget.montly: unknown key -> did you mean `monthly`?"),
        ("[budget]\nmonthly = \"20\"", "budget.monthly: \"20\" is not a number -> write a number, from 0"),
        ("[budget]\npace = \"dayly\"", "budget.pace: \"dayly\" is not one of the values -> did you mean \"daily\"?"),
        ("[budget]\nalerts = [0]", "budget.alerts[0]: 0 is out of range -> write a whole number, from 1 to 100"),
        (
            "[budget]\nphases = [{ until = 20, local = 1 }, { until = 10, local = 0 }]",
            "config.toml:2: budget.phases: the phases do not follow",
        ),
        ("[models.providers.lab]\nkind = \"openai\"", "config.toml:1: models.providers.lab: it is not said where it is -> add base_url"),
        ("[models.providers.demo]\nkind = \"script\"", "config.toml:2: models.providers.demo.kind: a script needs the file of its answers"),
        ("[models.providers.Lab]\nbase_url = \"http://a\"", "models.providers.Lab: \"Lab\" is not a name"),
        (
            "[models.providers.lab]\nbase_url = \"lab:80\"",
            "models.providers.lab.base_url: \"lab:80\" is no address of a server -> write it with http://",
        ),
        ("[models.providers.openai]\ntimeout = 60", "models.providers.openai.timeout: 60 is not a text -> write a text: "),
        ("[models.providers.openai]\nheaders = { \"a b\" = \"c\" }", "\"a b\" is no header"),
        ("[roles]\nintent = \"llama3.1:8b\"", "roles.intent: \"llama3.1:8b\" names no model of a provider -> write the provider too"),
        (
            "[roles]\nintent = \"olama/x\"",
            "config.toml:2: roles.intent: there is no provider \"olama\" -> declare [models.providers.olama], or use one of: anthropic, ollama, openai",
        ),
        ("[routes.auto]", "config.toml:1: routes.auto: the route leads nowhere -> add candidates"),
        ("[routes.auto]\ncandidates = [\"ollama/a\",\n\"x/y\"]", "config.toml:3: routes.auto.candidates[1]: there is no provider \"x\""),
        ("[record]\nredact = [\"(\"]", "record.redact[0]: \"(\" is no regular expression: unclosed group"),
        ("[record]\nredact = [\"a*\"]", "record.redact[0]: \"a*\" matches nothing at all, everywhere"),
        ("[record]\ncontent = true", "record.content: true is not a text -> write a text, one of \"full\", \"redacted\", \"none\""),
        ("[serve]\naddress = \"8400\"", "serve.address: \"8400\" is no host and port"),
        ("[cache]\nlifetime = \"0s\"", "cache.lifetime: \"0s\" leaves no time at all"),
        ("[privacy]\noffline = \"yes\"", "privacy.offline: \"yes\" is not true or false"),
        ("monthly = 5", "config.toml:1: monthly: unknown key -> `monthly` belongs in [budget]"),
        ("[budget", "config.toml:1: "),
    ];
    for (text, expected) in cases {
        let told = told(text, &[]);
        assert!(told.contains(expected), "for {text}\n  told {told}\n  want {expected}");
    }
}

#[test]
fn a_variable_wins_over_the_file_and_is_named_as_the_origin() {
    let variables = [
        ("KAIZEN_BUDGET_MONTHLY", "7.5"),
        ("KAIZEN_BUDGET_ALERTS", "10, 20"),
        ("KAIZEN_PRIVACY_OFFLINE", "false"),
        ("KAIZEN_SERVE_ADDRESS", "127.0.0.1:1"),
        ("KAIZEN_BUDGET_TASK_LIMITS_COMPLEX", "1"),
        ("KAIZEN_MODELS_PROVIDERS_LAB_BASE_URL", "http://other"),
        ("KAIZEN_MODELS_PROVIDERS_NEW_ONE_BASE_URL", "http://new"),
        ("KAIZEN_ROUTES_AUTO_CANDIDATES", "ollama/a:1, openai/b"),
        ("KAIZEN_CACHE_FOR", "[\"x\", \"y\"]"),
        ("KAIZEN_HOME", "/nowhere"),
        ("KAIZEN_STORE_TEST_PLACE", "x"),
        ("BUDGET_MONTHLY", "9"),
    ];
    let settings = read(FULL, &variables).unwrap();
    let variable = |name: &str| Origin::Variable(name.to_owned());
    assert_eq!(origin(&settings, "budget.monthly"), ("7.5".into(), variable("KAIZEN_BUDGET_MONTHLY")));
    assert_eq!(origin(&settings, "budget.alerts"), ("[10,20]".into(), variable("KAIZEN_BUDGET_ALERTS")));
    assert_eq!(origin(&settings, "budget.pace"), ("\"phases\"".into(), Origin::File(33)));
    assert_eq!(origin(&settings, "budget.buffer"), ("0.2".into(), Origin::Default));
    assert_eq!(origin(&settings, "budget.task_limits.complex").1, variable("KAIZEN_BUDGET_TASK_LIMITS_COMPLEX"));
    assert_eq!(origin(&settings, "budget.task_limits.simple"), ("0.01".into(), Origin::File(36)));
    assert_eq!(origin(&settings, "models.providers.lab.base_url").0, "\"http://other\"");
    assert_eq!(settings.models.providers["new_one"].kind, ProviderKind::Openai);
    assert_eq!(settings.routes["auto"].candidates[1].as_str(), "openai/b");
    assert_eq!((settings.privacy.offline, settings.cache.used_for.len()), (false, 2));
}

#[test]
fn a_wrong_variable_is_named_and_says_what_would_be_right() {
    assert!(
        told("", &[("KAIZEN_BUDGET_MONTLY", "5")]).starts_with("KAIZEN_BUDGET_MONTLY: [budget] has no such key -> known in [budget]: ")
    );
    let wrong = told("", &[("KAIZEN_BUDGET_MONTHLY", "lots")]);
    assert!(wrong.starts_with("KAIZEN_BUDGET_MONTHLY: budget.monthly: \"lots\" is not a number -> write a number"), "{wrong}");
    let wrong = told("", &[("KAIZEN_ROLES_INTENT", "x/y")]);
    assert!(wrong.starts_with("KAIZEN_ROLES_INTENT: roles.intent: there is no provider \"x\""), "{wrong}");
    let wrong = told("[models]\nhot = [\"ollama/a\"]", &[("KAIZEN_MODELS_HOT", "x/y")]);
    assert!(wrong.starts_with("KAIZEN_MODELS_HOT: models.hot[0]: there is no provider \"x\""), "{wrong}");
    assert!(told("", &[("KAIZEN_PRIVACY_OFFLINE", "\"")]).contains("is not true or false"));
}

#[test]
fn no_secret_is_repeated_in_problems_values_or_debug() {
    let settings = read(FULL, &[]).unwrap();
    let shown = format!("{settings:?} {:?}", settings.entries().unwrap());
    assert!(!shown.contains("s3cret") && shown.contains("[hidden]"), "{shown}");
    for text in
        ["[models.providers.openai]\nkey = \"sk-s3cret\"", "[serve]\ntokens = [\"s3cret\"]", "[otlp]\nforward = \"http://me:s3cret@host\""]
    {
        let told = told(text, &[]);
        assert!(!told.contains("s3cret"), "{told}");
    }
    assert!(!told("", &[("KAIZEN_MODELS_PROVIDERS_OPENAI_KEY", "sk-s3cret")]).contains("s3cret"));
}

#[test]
fn a_service_elsewhere_does_not_get_the_official_ones_key() {
    let settings = read("[models.providers.openai]\nbase_url = \"http://127.0.0.1:4000/v1\"", &[]).unwrap();
    let openai = &settings.models.providers["openai"];
    assert_eq!((openai.kind, openai.key.as_ref(), openai.models.is_empty()), (ProviderKind::Openai, None, false));
}

#[test]
fn every_key_is_described_and_can_be_given_as_a_variable() {
    let schema = schema();
    let mut pending = vec![(Vec::<String>::new(), schema.clone())];
    let mut seen = 0;
    while let Some((at, section)) = pending.pop() {
        for (key, declared) in section.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let path = [at.clone(), vec![key.clone()]].concat();
            assert!(declared.get("description").is_some(), "{path:?} is not described");
            let shape = check::resolve(&schema, declared).clone();
            let table = shape.get("properties").is_some();
            let each =
                shape.get("additionalProperties").map(|each| check::resolve(&schema, each)).filter(|each| each.get("properties").is_some());
            if let Some(each) = each.filter(|_| key != "prices") {
                pending.push(([path.clone(), vec!["mine".to_owned()]].concat(), each.clone()));
            } else if !table {
                let name = format!("KAIZEN_{}", path.join("_").to_uppercase());
                let placed = variable::place(&schema, &name, "1").unwrap_or_else(|| panic!("{name}")).map(|placed| placed.key);
                assert_eq!(placed.unwrap(), path.join("."), "{name}");
                seen += 1;
            }
            pending.push((path, shape));
        }
    }
    assert!(seen > 40, "{seen}");
}
