//! As much of a message as is needed to count it: its role, its images, its text. The same for all shapes, because each of
//! them names the parts of a message in its own words and none uses the words of another for something else.

use super::content::Link;
use super::text::Text;

/// One message of any shape.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Message<'a> {
    #[serde(borrow, default)]
    pub role: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub content: Content<'a>,
    /// Ollama's images: base64.
    #[serde(borrow, default)]
    pub images: Option<Vec<Text<'a>>>,
    /// Responses: what sort of item it is.
    #[serde(borrow, default, rename = "type")]
    pub kind: Option<Text<'a>>,
    /// Responses: what a tool answered.
    #[serde(borrow, default)]
    pub output: Content<'a>,
}

/// Text, or parts.
pub(crate) type Content<'a> = super::content::Content<'a, Part<'a>>;

/// One part of a content.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Part<'a> {
    #[serde(borrow, default, rename = "type")]
    pub kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub text: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub image_url: Option<Link<'a>>,
    #[serde(borrow, default)]
    pub source: Option<Source<'a>>,
    #[serde(borrow, default)]
    pub content: Content<'a>,
}

/// Where Anthropic's image comes from.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Source<'a> {
    #[serde(borrow, default)]
    pub data: Option<Text<'a>>,
}

/// How many images there are, and how many bytes of base64 they take.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Images {
    pub count: u64,
    pub bytes: u64,
}

impl Images {
    pub(crate) fn add(&mut self, data: &str) {
        self.count += 1;
        self.bytes += data.len() as u64;
    }

    pub(crate) fn of_message(&mut self, message: &Message<'_>) {
        self.of_content(&message.content);
        self.of_content(&message.output);
        message.images.iter().flatten().for_each(|image| self.add(image));
    }

    pub(crate) fn of_content(&mut self, content: &Content<'_>) {
        let Content::Parts(parts) = content else { return };
        for part in parts {
            match part.kind.as_deref() {
                Some("image_url" | "input_image") => self.add(part.image_url.as_ref().map_or("", |link| embedded(&link.0))),
                Some("image") => self.add(part.source.as_ref().and_then(|source| source.data.as_deref()).unwrap_or("")),
                _ => self.of_content(&part.content),
            }
        }
    }
}

/// The part of an address that is the image itself.
fn embedded(url: &str) -> &str {
    if url.starts_with("data:image/") { url } else { "" }
}

impl super::content::Content<'_, Part<'_>> {
    /// Puts its text behind what is there, a line for each part.
    pub(crate) fn tell(&self, out: &mut String) {
        match self {
            Self::Nothing => {}
            Self::Text(text) => line(out, text),
            Self::Parts(parts) => parts.iter().for_each(|part| part.tell(out)),
        }
    }
}

impl Part<'_> {
    fn tell(&self, out: &mut String) {
        match (&self.text, self.kind.as_deref()) {
            (Some(text), _) => line(out, text),
            (None, Some("image_url" | "input_image" | "image")) => line(out, "[image]"),
            _ => self.content.tell(out),
        }
    }
}

fn line(out: &mut String, text: &str) {
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(text);
}
