//! Requests in another shape than they came in.

use crate::call::{bytes, out, sent};
use kaizen_llm::face::{Face, Tongue, read};
use kaizen_llm::translate::{Target, outgoing_to};
use serde_json::{Value, json};

const TALK: &str = r#"{"model":"m","max_tokens":99,"temperature":0.70,"stop":"END","user":"u","messages":[
    {"role":"system","content":"be brief"},
    {"role":"developer","content":[{"type":"text","text":"and kind","cache_control":{"type":"ephemeral"}}]},
    {"role":"user","content":[{"type":"text","text":"what is it"},{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,AAAA"}}]},
    {"role":"assistant","content":"let me see","tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"z\":1,\"a\":2.0}"}},{"id":"c2","type":"function","function":{"name":"ask","arguments":""}}]},
    {"role":"tool","tool_call_id":"c1","content":"a cat"},
    {"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"yes"}]},
    {"role":"user","content":"thanks"}],
    "tools":[{"type":"function","function":{"name":"look","description":"looks","parameters":{"type":"object","properties":{"z":{},"a":{}}}}},{"type":"function","function":{"name":"ask"}}],
    "tool_choice":{"type":"function","function":{"name":"look"}},"parallel_tool_calls":false}"#;

#[test]
fn a_chat_becomes_a_message_of_anthropics() {
    let got = out(Face::Chat, Tongue::Anthropic, TALK).unwrap();
    assert_eq!(got.path, "/v1/messages");
    assert!(got.dropped.is_empty(), "{:?}", got.dropped);
    let text = std::str::from_utf8(&got.body).unwrap();
    assert!(text.contains(r#""input":{"z":1,"a":2.0}"#) && text.contains(r#""temperature":0.70"#), "numbers and order stay: {text}");
    let expected = json!({
        "model": "upstream-model", "max_tokens": 99, "temperature": 0.70, "stream": false, "stop_sequences": ["END"], "metadata": {"user_id": "u"},
        "system": [{"type":"text","text":"be brief"},{"type":"text","text":"and kind","cache_control":{"type":"ephemeral"}}],
        "messages": [
            {"role":"user","content":[{"type":"text","text":"what is it"},{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AAAA"}}]},
            {"role":"assistant","content":[{"type":"text","text":"let me see"},{"type":"tool_use","id":"c1","name":"look","input":{"z":1,"a":2.0}},{"type":"tool_use","id":"c2","name":"ask","input":{}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"a cat"}]},{"type":"tool_result","tool_use_id":"c2","content":[{"type":"text","text":"yes"}]},{"type":"text","text":"thanks"}]}],
        "tools": [{"name":"look","description":"looks","input_schema":{"type":"object","properties":{"z":{},"a":{}}}},{"name":"ask","input_schema":{"type":"object","properties":{}}}],
        "tool_choice": {"type":"tool","name":"look","disable_parallel_tool_use":true}
    });
    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), expected);
}

#[test]
fn a_chat_becomes_ollamas_own() {
    let request = TALK.replacen('{', r#"{"options":{"num_ctx":8192,"temperature":0.1},"keep_alive":"5m","response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object"}}},"#, 1);
    let got = out(Face::Chat, Tongue::Ollama, &request).unwrap();
    assert_eq!(got.path, "/api/chat");
    assert_eq!(got.dropped, ["user", "tool_choice", "parallel_tool_calls"]);
    let body: Value = serde_json::from_slice(&got.body).unwrap();
    let expected = json!({
        "model": "upstream-model", "stream": false, "keep_alive": "5m", "format": {"type":"object"},
        "options": {"num_ctx": 8192, "temperature": 0.1, "num_predict": 99, "stop": ["END"]},
        "messages": [
            {"role":"system","content":"be brief"},
            {"role":"system","content":"and kind"},
            {"role":"user","content":"what is it","images":["AAAA"]},
            {"role":"assistant","content":"let me see","tool_calls":[{"id":"c1","function":{"name":"look","arguments":{"z":1,"a":2.0}}},{"id":"c2","function":{"name":"ask","arguments":{}}}]},
            {"role":"tool","content":"a cat","tool_name":"look","tool_call_id":"c1"},
            {"role":"tool","content":"yes","tool_name":"ask","tool_call_id":"c2"},
            {"role":"user","content":"thanks"}],
        "tools": [{"type":"function","function":{"name":"look","description":"looks","parameters":{"type":"object","properties":{"z":{},"a":{}}}}}]
    });
    assert_eq!(body, expected);
}

#[test]
fn a_message_of_anthropics_becomes_a_chat() {
    let request = r#"{"model":"m","max_tokens":50,"stream":true,"stop_sequences":["X"],"top_k":5,"metadata":{"user_id":"u"},
        "system":[{"type":"text","text":"one","cache_control":{"type":"ephemeral"}},{"type":"text","text":"two"}],
        "messages":[{"role":"user","content":[{"type":"text","text":"see"},{"type":"image","source":{"type":"url","url":"https://x/y.png"}}]},
        {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"sig"},{"type":"text","text":"ok"},{"type":"tool_use","id":"t1","name":"f","input":{"b":1,"a":[2]}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"r"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"BBBB"}}]},{"type":"text","text":"go on"}]}],
        "tools":[{"name":"f","description":"d","input_schema":{"type":"object"}},{"type":"web_search_20250305","name":"web_search"}],
        "tool_choice":{"type":"any","disable_parallel_tool_use":true},
        "output_config":{"format":{"type":"json_schema","schema":{"type":"object","x":1}}}}"#;
    let got = out(Face::Messages, Tongue::OpenAi, request).unwrap();
    assert_eq!(got.path, "/chat/completions");
    assert_eq!(got.dropped, ["tools[1] (web_search_20250305)", "metadata", "top_k"]);
    let expected = json!({
        "model": "upstream-model", "stream": true, "stream_options": {"include_usage": true}, "max_tokens": 50, "stop": ["X"],
        "messages": [
            {"role":"system","content":"one\ntwo"},
            {"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"https://x/y.png"}}]},
            {"role":"assistant","content":"ok","tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"b\":1,\"a\":[2]}"}}]},
            {"role":"tool","tool_call_id":"t1","content":"r"},
            {"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,BBBB"}}]},
            {"role":"user","content":"go on"}],
        "tools": [{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],
        "tool_choice": "required", "parallel_tool_calls": false,
        "response_format": {"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object","x":1},"strict":true}}
    });
    assert_eq!(serde_json::from_slice::<Value>(&got.body).unwrap(), expected);
}

#[test]
fn results_of_parallel_calls_stand_together_however_they_came() {
    let request = r#"{"model":"m","max_tokens":5,"messages":[
        {"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}},{"type":"tool_use","id":"b","name":"f","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"image","source":{"type":"base64","data":"AA"}}]},{"type":"tool_result","tool_use_id":"b","content":"2"}]}]}"#;
    let roles: Vec<String> = sent(Face::Messages, Tongue::OpenAi, request)["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["role"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(roles, ["assistant", "tool", "tool", "user"]);
}

#[test]
fn reasoning_of_anthropics_is_given_back_to_it_unchanged() {
    let request = r#"{"model":"m","thinking":{"type":"enabled","budget_tokens":1024},"messages":[{"role":"assistant","content":"x","thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"s=="}]},{"role":"user","content":"y"}]}"#;
    let body = sent(Face::Chat, Tongue::Anthropic, request);
    assert_eq!(body["messages"][0]["content"][0], json!({"type":"thinking","thinking":"hm","signature":"s=="}));
    assert_eq!((&body["thinking"]["budget_tokens"], &body["max_tokens"]), (&json!(1024), &json!(4096)));
}

#[test]
fn a_response_becomes_a_chat() {
    let request = r#"{"model":"m","instructions":"i","max_output_tokens":9,"store":true,"reasoning":{"effort":"low"},"include":["x"],
        "input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_image","image_url":"data:image/png;base64,CC"}]},
        {"type":"reasoning","summary":[]},{"role":"assistant","content":[{"type":"output_text","text":"b"}]},
        {"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call","call_id":"d","name":"f","arguments":"{\"k\":1}"},
        {"type":"function_call_output","call_id":"c","output":"1"},{"type":"function_call_output","call_id":"d","output":[{"type":"input_text","text":"2"}]}],
        "tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":true},{"type":"web_search"}],"tool_choice":{"type":"function","name":"f"},
        "text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true}}}"#;
    let got = out(Face::Responses, Tongue::OpenAi, request).unwrap();
    assert_eq!(got.dropped, ["tools[1] (web_search)", "include"]);
    let expected = json!({
        "model": "upstream-model", "stream": false, "max_tokens": 9, "reasoning_effort": "low",
        "messages": [
            {"role":"system","content":"i"},
            {"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,CC"}}]},
            {"role":"assistant","content":"b","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"d","type":"function","function":{"name":"f","arguments":"{\"k\":1}"}}]},
            {"role":"tool","tool_call_id":"c","content":"1"},{"role":"tool","tool_call_id":"d","content":"2"}],
        "tools": [{"type":"function","function":{"name":"f","parameters":{"type":"object"},"strict":true}}],
        "tool_choice": {"type":"function","function":{"name":"f"}},
        "response_format": {"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}}
    });
    assert_eq!(serde_json::from_slice::<Value>(&got.body).unwrap(), expected);
    assert_eq!(sent(Face::Responses, Tongue::OpenAi, r#"{"model":"m","input":"x"}"#)["messages"], json!([{"role":"user","content":"x"}]));
}

#[test]
fn ollamas_shapes_become_a_chat() {
    let chat = r#"{"model":"m","options":{"num_predict":7,"temperature":0.5,"num_gpu":1,"stop":["Z"]},"format":"json","think":"high","messages":[
        {"role":"user","content":"a","images":["/9j/AAAA"]},{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"x":1}}}]},{"role":"tool","content":"r","tool_name":"f"}]}"#;
    let got = out(Face::OllamaChat, Tongue::OpenAi, chat).unwrap();
    assert_eq!(got.dropped, ["options.num_gpu"]);
    let expected = json!({
        "model":"upstream-model","stream":true,"stream_options":{"include_usage":true},"max_tokens":7,"temperature":0.5,"stop":["Z"],"reasoning_effort":"high",
        "response_format":{"type":"json_object"},
        "messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,/9j/AAAA"}}]},
            {"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]},
            {"role":"tool","content":"r","tool_call_id":"call_1"}]
    });
    assert_eq!(serde_json::from_slice::<Value>(&got.body).unwrap(), expected);
    let generate = sent(Face::OllamaGenerate, Tongue::Anthropic, r#"{"model":"m","prompt":"p","system":"s","stream":false}"#);
    assert_eq!(generate["messages"], json!([{"role":"user","content":[{"type":"text","text":"p"}]}]));
    assert_eq!(generate["system"], json!([{"type":"text","text":"s"}]));
}

#[test]
fn what_a_shape_cannot_carry_is_refused_by_name() {
    let refused = |face, tongue, request: &str| out(face, tongue, request).unwrap_err().param.unwrap();
    let chat = |more: &str| format!(r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}],{more}}}"#);
    assert_eq!(refused(Face::Chat, Tongue::Anthropic, &chat("\"n\":2")), "n");
    assert_eq!(refused(Face::Chat, Tongue::Ollama, &chat("\"logprobs\":true")), "logprobs");
    assert_eq!(refused(Face::Chat, Tongue::Ollama, &chat("\"logit_bias\":{\"5\":1}")), "logit_bias");
    assert!(
        out(Face::Chat, Tongue::Anthropic, &chat("\"n\":1,\"logprobs\":false,\"logit_bias\":{},\"frequency_penalty\":0.0"))
            .unwrap()
            .dropped
            .is_empty()
    );
    let link = r#"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x"}}]}]}"#;
    assert_eq!(refused(Face::Chat, Tongue::Ollama, link), "messages[0].content");
    let audio = r#"{"model":"m","messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}]}"#;
    assert_eq!(refused(Face::Chat, Tongue::Anthropic, audio), "messages[0].content[0].type");
    let arguments =
        r#"{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{nope"}}]}]}"#;
    assert_eq!(refused(Face::Chat, Tongue::Anthropic, arguments), "messages[0].tool_calls[0].function.arguments");
    assert_eq!(refused(Face::OllamaGenerate, Tongue::OpenAi, r#"{"model":"m","prompt":"x","suffix":"y"}"#), "suffix");
    assert_eq!(refused(Face::Embeddings, Tongue::Anthropic, r#"{"model":"m","input":"x"}"#), "model");
    let reference = r#"{"model":"m","input":[{"type":"item_reference","id":"i"}]}"#;
    assert_eq!(refused(Face::Responses, Tongue::OpenAi, reference), "input[0]");
}

#[test]
fn the_limit_has_the_name_that_the_model_knows() {
    let request = r#"{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"x"}]}"#;
    let body = bytes(request);
    let asked = read(Face::Messages, &body).unwrap();
    for (model, newer) in
        [("gpt-5-mini", true), ("o3", true), ("openai/o4-mini", true), ("gpt-oss:20b", false), ("qwen3", false), ("olmo", false)]
    {
        let got = outgoing_to(Face::Messages, &Target::new(Tongue::OpenAi, model), &asked, &body).unwrap();
        let got: Value = serde_json::from_slice(&got.body).unwrap();
        assert_eq!(got.get("max_completion_tokens").is_some(), newer, "{model}");
    }
}

#[test]
fn a_targets_settings_stand_where_the_client_says_nothing() {
    let target = Target { num_ctx: Some(4096), keep_alive: Some("\"10m\""), ..Target::new(Tongue::Ollama, "q") };
    let sent = |face, request: &str| {
        let body = bytes(request);
        String::from_utf8(outgoing_to(face, &target, &read(face, &body).unwrap(), &body).unwrap().body.to_vec()).unwrap()
    };
    let own = sent(Face::OllamaChat, r#"{"model":"m","options":{"seed":1},"messages":[]}"#);
    assert_eq!(own, r#"{"keep_alive":"10m","model":"q","options":{"num_ctx":4096,"seed":1},"messages":[]}"#);
    let said = r#"{"model":"q","keep_alive":0,"options":{"num_ctx":1},"messages":[]}"#;
    assert_eq!(sent(Face::OllamaChat, said), said);
    let chat: Value = serde_json::from_str(&sent(Face::Chat, r#"{"model":"m","messages":[{"role":"user","content":"x"}]}"#)).unwrap();
    assert_eq!((&chat["options"]["num_ctx"], &chat["keep_alive"]), (&json!(4096), &json!("10m")));
}
