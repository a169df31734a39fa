package config

// State tells how a value came to be.
type State uint8

// States of a value.
const (
	Unset     State = iota // nobody said anything
	Default                // filled in, because nobody said anything
	Inherited              // taken over from an enclosing block; Where is there
	Written                // as it stands at Where
	Adjusted               // written at Where, but another value was put in its place
)

// Value is one setting of the model: what it is, and how it came to be. The zero
// Value is not set.
type Value[T any] struct {
	V     T
	State State    // beside V, where it takes no room of its own in most values
	Where Position // of a value that is written, inherited or adjusted
}

// Write makes a value that stands at a place.
func Write[T any](v T, where Position) Value[T] { return Value[T]{V: v, Where: where, State: Written} }

// IsSet tells whether the value was written, as it is or otherwise.
func (v Value[T]) IsSet() bool { return v.State >= Written }

// IsKnown tells whether there is a value, whoever gave it.
func (v Value[T]) IsKnown() bool { return v.State != Unset }

// IsZero tells encoders to leave out what nobody wrote.
func (v Value[T]) IsZero() bool { return !v.IsSet() }

// Default fills in a value that is not known yet.
func (v *Value[T]) Default(d T) {
	if v.State == Unset {
		v.V, v.State = d, Default
	}
}

// Inherit takes the value of an enclosing block over, if none is known yet and there is one.
func (v *Value[T]) Inherit(from Value[T]) {
	if v.State != Unset || from.State == Unset {
		return
	}
	*v = from
	if v.State != Default {
		v.State = Inherited
	}
}

// Adjust puts another value in the place of what was written.
func (v *Value[T]) Adjust(to T) { v.V, v.State = to, Adjusted }

// Clear forgets the value.
func (v *Value[T]) Clear() { *v = Value[T]{} }
