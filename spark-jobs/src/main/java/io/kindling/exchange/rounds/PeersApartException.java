package io.kindling.exchange.rounds;

import io.kindling.core.KindlingException;

/** Two executors that both live do not reach each other. */
public final class PeersApartException extends KindlingException {
  private static final long serialVersionUID = 1L;

  PeersApartException(String message) {
    super(message);
  }
}
