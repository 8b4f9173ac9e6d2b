package io.kindling.nn;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Marks a Tensor field of a module as state that is saved with it but not trained. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface Buffer {
  /** Whether the buffer is part of {@code stateDict()}. */
  boolean persistent() default true;
}
