package io.kindling.exchange.rounds;

import io.kindling.core.KindlingException;

/** The cluster did not do its part in time; the same command may succeed later. */
public final class ClusterException extends KindlingException {
  private static final long serialVersionUID = 1L;

  public ClusterException(String message) {
    super(message);
  }
}
