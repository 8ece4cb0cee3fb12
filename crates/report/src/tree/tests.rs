use exlint_findings::{FileId, ProcessKind, ProcessNode, Span};

use super::*;

fn node(kind: ProcessKind, title: &str, line: u32) -> ProcessNode {
    ProcessNode {
        kind,
        title: title.to_owned(),
        name: None,
        strategy: None,
        restart: None,
        conditional: false,
        dynamic: false,
        file: FileId(0),
        span: Span::default(),
        path: "lib/shop.ex".to_owned(),
        line,
        children: Vec::new(),
    }
}

fn shop() -> Vec<ProcessNode> {
    let mut application = node(ProcessKind::Application, "Shop.Application", 3);
    let mut supervisor = node(ProcessKind::Supervisor, "Shop.Supervisor", 12);
    supervisor.strategy = Some("one_for_one".to_owned());
    let mut registry = node(ProcessKind::Worker, "Registry", 5);
    registry.name = Some("Shop.\"Names\" <1>".to_owned());
    let mut tunnel = node(ProcessKind::Worker, "Shop.Tunnel", 6);
    tunnel.conditional = true;
    tunnel.restart = Some("transient".to_owned());
    let hole = node(ProcessKind::Hole, "known at run time only", 7);
    supervisor.children = vec![registry, tunnel, hole];
    application.children = vec![supervisor];
    vec![application]
}

#[test]
fn text_shows_what_is_known() {
    let expected = "\
Shop.Application  lib/shop.ex:3
`- Shop.Supervisor  one_for_one  lib/shop.ex:12
   |- Registry as Shop.\"Names\" <1>  lib/shop.ex:5
   |- Shop.Tunnel  transient  conditional  lib/shop.ex:6
   `- ? known at run time only  lib/shop.ex:7
";
    assert_eq!(tree(&shop(), DrawFormat::Text, Style::PLAIN), expected);
}

#[test]
fn graphs_quote_their_texts() {
    let mermaid = tree(&shop(), DrawFormat::Mermaid, Style::PLAIN);
    assert!(mermaid.contains("n2[\"Registry<br/>as Shop.#quot;Names#quot; #lt;1#gt;\"]"));
    assert!(mermaid.contains("n1 -.-> n3"));
    let dot = tree(&shop(), DrawFormat::Dot, Style::PLAIN);
    assert!(dot.contains("n2 [label=\"Registry\\nas Shop.\\\"Names\\\" <1>\"];"));
    assert!(dot.contains("n1 -> n3 [style=dashed];"));
    let svg = tree(&shop(), DrawFormat::Svg, Style::PLAIN);
    assert!(svg.contains("Shop.\"Names\" &lt;1&gt;"));
    assert_eq!(svg.matches("<rect ").count(), 5);
}

#[test]
fn json_holds_the_whole_tree() {
    let json = tree(&shop(), DrawFormat::Json, Style::PLAIN);
    let value: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let tunnel = &value[0]["children"][0]["children"][1];
    assert_eq!(tunnel["title"], "Shop.Tunnel");
    assert_eq!(tunnel["conditional"], true);
    assert_eq!(tunnel["line"], 6);
}
