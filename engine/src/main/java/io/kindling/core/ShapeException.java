package io.kindling.core;

/** Shapes that do not fit an operator; names the operator and every shape. */
public final class ShapeException extends KindlingException {
  private static final long serialVersionUID = 1L;

  public ShapeException(String message) {
    super(message);
  }
}
