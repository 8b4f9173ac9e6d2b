package io.kindling.nn;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The name of a child, parameter or buffer where the field's own name will not do: weights saved
 * elsewhere are often called {@code linear_relu_stack}, which is no name for a Java field.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface Name {
  /** Without a dot, which separates the levels of the tree. */
  String value();
}
