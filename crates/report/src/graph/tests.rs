use exlint_findings::{MessageKind, Place};

use super::*;

fn place(line: u32) -> Place {
    Place {
        path: "lib/shop.ex".to_owned(),
        line,
        ..Place::default()
    }
}

fn process(title: &str, kind: Option<&str>, line: u32) -> GraphProcess {
    GraphProcess {
        title: title.to_owned(),
        kind: kind.map(str::to_owned),
        name: None,
        group: Some(0),
        place: place(line),
        findings: Vec::new(),
    }
}

fn message(text: &str, line: u32) -> GraphMessage {
    GraphMessage {
        message: text.to_owned(),
        sender: "handle_call/3".to_owned(),
        place: place(line),
        repeated: 0,
        certain: true,
        approximate: false,
        ways: Vec::new(),
        findings: Vec::new(),
    }
}

fn shop() -> MessageGraph {
    let mut back = message("{:count, _}", 30);
    back.findings.push(Mark {
        rule: "genserver-call-cycle".to_owned(),
        level: Level::Error,
        message: "`Price` calls `Stock`".to_owned(),
        place: place(30),
    });
    let mut tick = message(":tick", 5);
    tick.repeated = 1;
    let edge = |from, to, kind, messages| GraphEdge {
        from,
        to,
        kind,
        messages,
    };
    MessageGraph {
        processes: vec![
            process("Price", Some("GenServer"), 20),
            process("Stock", Some("GenServer"), 1),
            process("Mail", Some("Agent"), 50),
            process("Shop \"<1>\"", None, 60),
        ],
        edges: vec![
            edge(0, 1, MessageKind::Call, vec![back]),
            edge(
                1,
                0,
                MessageKind::Call,
                vec![message(":all", 8), message("{:of, _}", 9)],
            ),
            edge(1, 1, MessageKind::Info, vec![tick]),
            edge(3, 1, MessageKind::Cast, vec![message(":reload", 61)]),
        ],
    }
}

#[test]
fn text_shows_who_sends_what_to_whom() {
    let expected = "\
Price  GenServer  lib/shop.ex:20
|- call to Stock  {:count, _}  in handle_call/3  lib/shop.ex:30
|  `- error[genserver-call-cycle] `Price` calls `Stock`  lib/shop.ex:30
`- call from Stock  :all, {:of, _}  lib/shop.ex:8

Stock  GenServer  lib/shop.ex:1
|- call to Price
|  |- :all  in handle_call/3  lib/shop.ex:8
|  `- {:of, _}  in handle_call/3  lib/shop.ex:9
|- info to itself  :tick  in handle_call/3  lib/shop.ex:5 and 1 more place
|- cast from Shop \"<1>\"  :reload  lib/shop.ex:61
`- call from Price  {:count, _}  lib/shop.ex:30

No messages known:
`- Mail  Agent  lib/shop.ex:50
";
    assert_eq!(graph(&shop(), DrawFormat::Text, Style::PLAIN), expected);
}

#[test]
fn graphs_quote_their_texts_and_mark_findings() {
    let mermaid = graph(&shop(), DrawFormat::Mermaid, Style::PLAIN);
    assert!(mermaid.contains("n3([\"Shop #quot;#lt;1#gt;#quot;\"])"));
    assert!(mermaid.contains("n3 -.->|\"cast :reload\"| n1"));
    assert!(mermaid.contains("n0 -->|\"call {:count, _}<br/>genserver-call-cycle\"| n1"));
    assert!(mermaid.contains("linkStyle 0 stroke:#cf222e"));
    let dot = graph(&shop(), DrawFormat::Dot, Style::PLAIN);
    assert!(dot.contains("n3 [label=\"Shop \\\"<1>\\\"\", shape=oval];"));
    assert!(dot.contains("n3 -> n1 [label=\"cast :reload\", style=dashed];"));
}

#[test]
fn the_picture_has_a_wire_for_each_edge_between_two_processes() {
    let svg = graph(&shop(), DrawFormat::Svg, Style::PLAIN);
    assert_eq!(svg.matches("<rect ").count(), 4);
    assert_eq!(svg.matches("marker-end").count(), 3);
    assert!(svg.contains("<g class=\"error\">"));
    assert!(svg.contains("call {:count, _} to Stock · genserver-call-cycle</text>"));
    assert!(svg.contains("Shop \"&lt;1&gt;\""));
}

#[test]
fn json_holds_the_whole_graph() {
    let json = graph(&shop(), DrawFormat::Json, Style::PLAIN);
    let value: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let edge = &value["edges"][0];
    assert_eq!(edge["kind"], "call");
    assert_eq!(edge["messages"][0]["line"], 30);
    assert_eq!(
        edge["messages"][0]["findings"][0]["rule"],
        "genserver-call-cycle"
    );
    assert_eq!(value["processes"][3].get("kind"), None);
}
