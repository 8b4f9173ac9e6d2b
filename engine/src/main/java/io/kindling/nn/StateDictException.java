package io.kindling.nn;

import io.kindling.core.KindlingException;

/** Saved state that does not fit what it is loaded into; the message lists every difference. */
public final class StateDictException extends KindlingException {
  private static final long serialVersionUID = 1L;

  public StateDictException(String message) {
    super(message);
  }
}
