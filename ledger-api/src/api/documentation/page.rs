//! `GET /documentation`: the API's description, to be read.

use std::fmt::Write;
use std::sync::LazyLock;

use askama::Template;
use serde_json::Value;

use crate::api;
use crate::page::{Frame, Page};

/// `templates/documentation.html`.
#[derive(Template)]
#[template(path = "documentation.html")]
pub struct Documentation {
    frame: Frame,
    groups: &'static [Group],
}

/// The operations on one kind of object.
#[derive(Debug)]
struct Group {
    name: String,
    description: String,
    operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug)]
struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    description: Vec<String>,
    scopes: String,
    parameters: Vec<Field>,
    body: Vec<Field>,
    answers: Vec<Answer>,
    curl: String,
}

/// A parameter, or a field of a body.
#[derive(Debug)]
struct Field {
    name: String,
    place: String,
    required: bool,
    kind: String,
    description: String,
}

/// A status, and what it means.
#[derive(Debug)]
struct Answer {
    status: String,
    description: String,
}

static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| groups(&api::document()));

/// Shows every operation, its parameters, and how to call it.
pub async fn show(frame: Frame) -> Page<Documentation> {
    Page(Documentation { frame, groups: GROUPS.as_slice() })
}

fn groups(document: &Value) -> Vec<Group> {
    let tags = document["tags"].as_array().into_iter().flatten();
    tags.map(|tag| Group {
        name: text(&tag["name"]),
        description: text(&tag["description"]),
        operations: operations(document, &tag["name"]),
    })
    .collect()
}

fn operations(document: &Value, tag: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, it)| (path, method, it))
    });
    all.filter(|(_, _, it)| it["tags"][0] == *tag)
        .map(|(path, method, it)| operation(document, path, method, it))
        .collect()
}

fn operation(document: &Value, path: &str, method: &str, it: &Value) -> Operation {
    let parameters = it["parameters"].as_array().into_iter().flatten();
    let content = it["requestBody"]["content"].as_object();
    let media = content.and_then(|it| it.iter().next());
    let schema = media.map(|(_, it)| resolved(document, &it["schema"]));
    let answers = it["responses"].as_object().into_iter().flatten();
    let scopes = it["security"][0]["oauth2"].as_array().into_iter().flatten();
    Operation {
        id: text(&it["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&it["summary"]),
        description: text(&it["description"]).split("\n\n").map(str::to_owned).collect(),
        scopes: scopes.filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        parameters: parameters.map(|it| parameter(document, it)).collect(),
        body: schema.map(|it| fields(document, it)).unwrap_or_default(),
        answers: answers.map(|(status, it)| answer(document, status, it)).collect(),
        curl: curl(document, path, method, it),
    }
}

fn parameter(document: &Value, it: &Value) -> Field {
    Field {
        name: text(&it["name"]),
        place: text(&it["in"]),
        required: it["required"] == true,
        kind: kind(resolved(document, &it["schema"])),
        description: text(&it["description"]),
    }
}

fn fields(document: &Value, schema: &Value) -> Vec<Field> {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let field = |(name, it): (&String, &Value)| Field {
        name: name.clone(),
        place: "body".into(),
        required: required.contains(&name.as_str()),
        kind: kind(resolved(document, it)),
        description: text(&it["description"]),
    };
    properties.map(field).collect()
}

fn answer(document: &Value, status: &str, it: &Value) -> Answer {
    let status = if status == "default" { "4XX, 5XX" } else { status };
    Answer { status: status.to_owned(), description: text(&resolved(document, it)["description"]) }
}

/// The type of `schema`, with its bounds.
fn kind(schema: &Value) -> String {
    // A type that may be null is the first of two.
    let kind = schema["type"].get(0).unwrap_or(&schema["type"]);
    let mut kind = text(kind);
    for (name, sign) in
        [("minimum", "≥"), ("maximum", "≤"), ("maxLength", "length ≤"), ("maxItems", "items ≤")]
    {
        if let Some(bound) = schema[name].as_u64() {
            // Writing into a string cannot fail.
            let _ = write!(kind, ", {sign} {bound}");
        }
    }
    kind
}

/// How to call it from a shell.
fn curl(document: &Value, path: &str, method: &str, it: &Value) -> String {
    let mut path = path.to_owned();
    for (name, value) in [("envelope", "$ENVELOPE"), ("batch", "$BATCH"), ("account", "$ACCOUNT")] {
        path = path.replace(&format!("{{{name}}}"), value);
    }
    let mut line = format!("curl -s \"$SITE{path}\"");
    let basic =
        it["security"].as_array().is_some_and(|it| it.iter().any(|it| it["basic"].is_array()));
    if basic {
        line.push_str(" -u \"$CLIENT_ID:$CLIENT_SECRET\" -d grant_type=client_credentials");
        return line;
    }
    if method == "post" {
        line.push_str(" -X POST");
    }
    line.push_str(" -H \"Authorization: Bearer $TOKEN\"");
    let parameters = it["parameters"].as_array().into_iter().flatten();
    if parameters.clone().any(|it| it["name"] == "Idempotency-Key") {
        line.push_str(" -H \"Idempotency-Key: $KEY\"");
    }
    if let Some((kind, media)) =
        it["requestBody"]["content"].as_object().and_then(|it| it.iter().next())
    {
        let example = example(document, &media["schema"]);
        let _ = write!(line, " \\\n  -H \"Content-Type: {kind}\" -d '{example}'");
    }
    line
}

/// A value that `schema` takes, made of the examples of its required fields.
fn example(document: &Value, schema: &Value) -> Value {
    let schema = resolved(document, schema);
    if let Some(example) = schema["examples"].get(0) {
        return example.clone();
    }
    if let Some(properties) = schema["properties"].as_object() {
        let required =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let members = required.map(|it| (it.to_owned(), example(document, &properties[it])));
        return Value::Object(members.collect());
    }
    if schema["type"] == "array" {
        return Value::Array(vec![example(document, &schema["items"])]);
    }
    Value::from("Délibération 2026-12")
}

/// What `it` refers to, or itself.
fn resolved<'a>(document: &'a Value, it: &'a Value) -> &'a Value {
    let target = it["$ref"].as_str().and_then(|it| it.strip_prefix('#'));
    target.and_then(|it| document.pointer(it)).unwrap_or(it)
}

fn text(it: &Value) -> String {
    it.as_str().unwrap_or_default().to_owned()
}
