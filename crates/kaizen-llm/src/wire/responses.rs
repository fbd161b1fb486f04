//! The responses shape.
