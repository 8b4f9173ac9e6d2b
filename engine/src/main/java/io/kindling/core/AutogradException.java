package io.kindling.core;

/** A misuse of automatic differentiation: no graph, a freed graph, a changed saved tensor. */
public final class AutogradException extends KindlingException {
  private static final long serialVersionUID = 1L;

  public AutogradException(String message) {
    super(message);
  }
}
