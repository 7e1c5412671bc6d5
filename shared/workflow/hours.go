package workflow

// TypeHours is what the task in front of a branch asks of the function act when a
// condition there is about hours. It is no node type: no definition names it.
const TypeHours = "hours"
