//! The Python expressions that can be known without running Python: constants, operators, a few builtins.

use std::cmp::Ordering;

use ruff_python_ast::{BoolOp, CmpOp, Expr, ExprSlice, Number, Operator, UnaryOp};
use ruff_python_parser::parse_expression;

use crate::model::local_python::{FUNCTIONS, TYPES};
use crate::model::numbers::{float_from_value, int_from_value};
use crate::syntax::deep;
use crate::syntax::literal::{Node, Value};
use crate::syntax::local_line::is_python_space;

/// The longest text that an operation may make, in bytes.
const LONGEST: usize = 10_000;

/// Returns the text of an expression's value; `None` if Python raises, or if the value cannot be known.
pub(super) fn evaluate(expression: &str, conversion: Option<char>) -> Option<String> {
    let expression = expression.trim_matches(is_python_space);
    if expression.len() > deep::LONGEST {
        return None;
    }
    let value = deep::with_stack(expression.len(), || {
        let parsed = parse_expression(expression).ok()?;
        if let Expr::Name(name) = &*parsed.syntax().body {
            let name = name.id.as_str();
            if FUNCTIONS.contains(&name) {
                return Some(Err(format!("<built-in function {name}>")));
            }
            if TYPES.contains(&name) {
                return Some(Err(format!("<class '{name}'>")));
            }
        }
        constant(&parsed.syntax().body).map(Ok)
    })?;
    Some(match (value, conversion) {
        (Err(text), None | Some('r' | 's' | 'a')) => text,
        (Ok(value), None | Some('s')) => value.to_str(),
        (Ok(value), Some('r')) => value.repr(),
        (Ok(value), Some('a')) => ascii(&value.repr()),
        _ => return None,
    })
}

fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c as u32 {
            0..=0x7f => out.push(c),
            code @ 0x80..=0xff => out.push_str(&format!("\\x{code:02x}")),
            code @ 0x100..=0xffff => out.push_str(&format!("\\u{code:04x}")),
            code => out.push_str(&format!("\\U{code:08x}")),
        }
    }
    out
}

fn constant(expression: &Expr) -> Option<Value> {
    match expression {
        Expr::NumberLiteral(number) => match &number.value {
            Number::Int(int) => Some(whole(int.as_i64()?)),
            Number::Float(f) => Some(Value::Float(*f)),
            Number::Complex { .. } => None,
        },
        Expr::StringLiteral(text) => Some(Value::Str(text.value.to_str().to_owned())),
        Expr::BooleanLiteral(b) => Some(Value::Bool(b.value)),
        Expr::NoneLiteral(_) => Some(Value::None),
        Expr::EllipsisLiteral(_) => Some(Value::Ellipsis),
        Expr::Tuple(tuple) => Some(Value::Tuple(nodes(&tuple.elts)?)),
        Expr::List(list) => Some(Value::List(nodes(&list.elts)?)),
        Expr::Name(name) => match name.id.as_str() {
            "__name__" => Some(Value::Str("__main__".into())),
            // Results of earlier cells: head lines leave none.
            "_" | "__" | "___" => Some(Value::Str(String::new())),
            "Out" | "_oh" => Some(Value::Dict(Vec::new())),
            _ => None,
        },
        Expr::UnaryOp(unary) => match (unary.op, constant(&unary.operand)?) {
            (UnaryOp::USub, Value::Int(digits)) => Some(whole(digits.parse::<i64>().ok()?.checked_neg()?)),
            (UnaryOp::USub, Value::Float(f)) => Some(Value::Float(-f)),
            (UnaryOp::UAdd, value @ (Value::Int(_) | Value::Float(_))) => Some(value),
            (UnaryOp::Not, value) => Some(Value::Bool(!value.truthy())),
            _ => None,
        },
        Expr::BinOp(operation) => binary(constant(&operation.left)?, operation.op, constant(&operation.right)?),
        Expr::BoolOp(operation) => {
            let stop = operation.op == BoolOp::Or;
            let mut value = Value::None;
            for operand in &operation.values {
                value = constant(operand)?;
                if value.truthy() == stop {
                    break;
                }
            }
            Some(value)
        }
        Expr::If(choice) => constant(if constant(&choice.test)?.truthy() { &choice.body } else { &choice.orelse }),
        Expr::Compare(comparison) => {
            let mut left = constant(&comparison.left)?;
            for (op, right) in comparison.ops.iter().zip(&comparison.comparators) {
                let right = constant(right)?;
                if !compare(&left, *op, &right)? {
                    return Some(Value::Bool(false));
                }
                left = right;
            }
            Some(Value::Bool(true))
        }
        Expr::Subscript(item) => {
            let value = constant(&item.value)?;
            match &*item.slice {
                Expr::Slice(slice) => part(&value, slice),
                index => {
                    let at = index_of(&value, whole_of(&constant(index)?)?)?;
                    match value {
                        Value::Str(text) => text.chars().nth(at).map(|c| Value::Str(c.into())),
                        Value::Tuple(items) | Value::List(items) => items.into_iter().nth(at).map(|item| item.value),
                        _ => None,
                    }
                }
            }
        }
        Expr::Call(call) => {
            let Expr::Name(name) = &*call.func else { return None };
            if !call.arguments.keywords.is_empty() {
                return None;
            }
            let arguments: Option<Vec<Value>> = call.arguments.args.iter().map(constant).collect();
            builtin(name.id.as_str(), arguments?)
        }
        _ => None,
    }
}

fn whole(number: i64) -> Value {
    Value::Int(number.to_string())
}

fn whole_of(value: &Value) -> Option<i64> {
    match value {
        Value::Int(digits) => digits.parse().ok(),
        Value::Bool(b) => Some(i64::from(*b)),
        _ => None,
    }
}

fn nodes(expressions: &[Expr]) -> Option<Vec<Node>> {
    expressions.iter().map(|expression| Some(Node { value: constant(expression)?, range: 0..0 })).collect()
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::Str(text) => Some(text.chars().count()),
        Value::Tuple(items) | Value::List(items) => Some(items.len()),
        Value::Dict(entries) => Some(entries.len()),
        _ => None,
    }
}

/// Returns the place of an index that may count from the end.
fn index_of(value: &Value, index: i64) -> Option<usize> {
    let length = i64::try_from(length(value)?).ok()?;
    usize::try_from(if index < 0 { index.checked_add(length)? } else { index }).ok()
}

fn part(value: &Value, slice: &ExprSlice) -> Option<Value> {
    if slice.step.is_some() {
        return None;
    }
    let length = length(value)?;
    let bound = |expression: &Option<Box<Expr>>, default: usize| match expression {
        None => Some(default),
        Some(expression) => {
            let index = whole_of(&constant(expression)?)?;
            Some(index_of(value, index).unwrap_or(0).min(length))
        }
    };
    let start = bound(&slice.lower, 0)?;
    let end = bound(&slice.upper, length)?.max(start);
    Some(match value {
        Value::Str(text) => Value::Str(text.chars().skip(start).take(end - start).collect()),
        Value::Tuple(items) => Value::Tuple(items.get(start..end)?.to_vec()),
        Value::List(items) => Value::List(items.get(start..end)?.to_vec()),
        _ => return None,
    })
}

fn compare(left: &Value, op: CmpOp, right: &Value) -> Option<bool> {
    let order = match (left, right) {
        (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
        _ => match (whole_of(left), whole_of(right)) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => None,
        },
    };
    match op {
        CmpOp::Eq => Some(left.same_key(right)),
        CmpOp::NotEq => Some(!left.same_key(right)),
        CmpOp::Lt => Some(order? == Ordering::Less),
        CmpOp::LtE => Some(order? != Ordering::Greater),
        CmpOp::Gt => Some(order? == Ordering::Greater),
        CmpOp::GtE => Some(order? != Ordering::Less),
        CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn => None,
    }
}

fn builtin(name: &str, arguments: Vec<Value>) -> Option<Value> {
    if let (wanted @ ("max" | "min"), [first, rest @ ..]) = (name, arguments.as_slice()) {
        if rest.is_empty() {
            return None;
        }
        let mut best = first;
        for value in rest {
            if compare(value, if wanted == "max" { CmpOp::Gt } else { CmpOp::Lt }, best)? {
                best = value;
            }
        }
        return Some(best.clone());
    }
    let [value] = <[Value; 1]>::try_from(arguments).ok()?;
    match name {
        "len" => Some(Value::Int(length(&value)?.to_string())),
        "str" => Some(Value::Str(value.to_str())),
        "repr" => Some(Value::Str(value.repr())),
        "bool" => Some(Value::Bool(value.truthy())),
        "int" => Some(Value::Int(int_from_value(&value)?)),
        "float" => Some(Value::Float(float_from_value(&value)?)),
        _ => None,
    }
}

fn binary(left: Value, op: Operator, right: Value) -> Option<Value> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => {
            let (a, b): (i64, i64) = (a.parse().ok()?, b.parse().ok()?);
            Some(whole(match op {
                Operator::Add => a.checked_add(b)?,
                Operator::Sub => a.checked_sub(b)?,
                Operator::Mult => a.checked_mul(b)?,
                Operator::FloorDiv => {
                    let quotient = a.checked_div(b)?;
                    if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
                }
                Operator::Mod => {
                    let remainder = a.checked_rem(b)?;
                    if remainder != 0 && (remainder < 0) != (b < 0) { remainder + b } else { remainder }
                }
                Operator::Pow => a.checked_pow(u32::try_from(b).ok()?)?,
                #[expect(clippy::cast_precision_loss, reason = "Python rounds as well")]
                Operator::Div if b != 0 => return Some(Value::Float(a as f64 / b as f64)),
                _ => return None,
            }))
        }
        (Value::Str(a), Value::Str(b)) if op == Operator::Add => {
            (a.len() + b.len() <= LONGEST).then(|| Value::Str(a + &b))
        }
        (Value::Str(text), Value::Int(times)) | (Value::Int(times), Value::Str(text)) if op == Operator::Mult => {
            let times = usize::try_from(times.parse::<i64>().ok()?).unwrap_or(0);
            (text.len().checked_mul(times)? <= LONGEST).then(|| Value::Str(text.repeat(times)))
        }
        _ => None,
    }
}
