"""The templates: a file each kind of object, giving the statements that change it and those that take it back."""
