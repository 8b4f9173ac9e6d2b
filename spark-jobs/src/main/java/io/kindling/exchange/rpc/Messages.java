package io.kindling.exchange.rpc;

import io.kindling.replica.TaskOrigin;
import io.kindling.replica.TaskTimes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * What travels between a task and the driver: a {@code byte[][]} of a head and a body. Spark's
 * network layer finds classes only on the class path that its process was started with, where an
 * application's jar is not: so it is shown classes of the JDK alone.
 */
final class Messages {
  /** A body of nothing. */
  static final byte[] NONE = {};

  private static final ObjectInputFilter OURS =
      ObjectInputFilter.Config.createFilter(
          "maxbytes=67108864;maxdepth=8;maxarray=1000000;io.kindling.**;java.lang.*;!*");

  private Messages() {}

  /** What a message is, apart from its numbers. */
  sealed interface Head extends Serializable permits Ask, Next, Fetch, Deliver, Unreached {}

  /**
   * Asks for the first work after a round; answered with {@link Next}, however late.
   *
   * @param address where other tasks reach this one; empty where they need not
   * @param ownersSince those that it knows
   */
  record Ask(TaskOrigin task, long after, String address, long ownersSince) implements Head {}

  /**
   * The work; its body is a slice of the values, little-endian float32: the first, or that with the
   * number of the partition where slices have owners.
   *
   * @param end whether there is none any more
   * @param parameters how many there are
   * @param buffers likewise
   * @param ownersSince the first round of the slices' owners
   * @param owners where they are reached; null where that is known or there are none
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Next(
      boolean end,
      long round,
      int epoch,
      long step,
      long updates,
      int parameters,
      int buffers,
      long ownersSince,
      String @Nullable [] owners)
      implements Head {
    static final Next END = new Next(true, Long.MAX_VALUE, 0, 0, 0, 0, 0, -1, null);
    static final Next NOTHING_YET = new Next(false, -1, 0, 0, 0, 0, 0, -1, null);
  }

  /** Asks for another slice of a round's values; answered with its bytes, none if it is past. */
  record Fetch(long round, int slice) implements Head {}

  /**
   * A slice of a task's sums, or of all tasks', its body; answered with true when the next may
   * come.
   */
  record Deliver(TaskOrigin task, long round, int slice, @Nullable TaskTimes times)
      implements Head {}

  /** The owner of a slice is not reached; answered with true. */
  record Unreached(TaskOrigin task, long round, String owner) implements Head {}

  static byte[][] message(Head head, byte[] body) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
      try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
        out.writeObject(head);
      }
      return new byte[][] {bytes.toByteArray(), body};
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail to be written", e);
    }
  }

  static Head head(byte[][] message) {
    try (ObjectInputStream in = new OurClasses(new ByteArrayInputStream(message[0]))) {
      return (Head) in.readObject();
    } catch (IOException e) {
      throw new UncheckedIOException("a message of the step's exchange cannot be read", e);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("a message of another version of Kindling", e);
    }
  }

  static byte[] body(byte[][] message) {
    return message[1];
  }

  /** Finds classes where this one was found. */
  private static final class OurClasses extends ObjectInputStream {
    OurClasses(InputStream in) throws IOException {
      super(in);
      setObjectInputFilter(OURS);
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass type)
        throws IOException, ClassNotFoundException {
      return type.getName().startsWith("[")
          ? super.resolveClass(type)
          : Class.forName(type.getName(), false, Messages.class.getClassLoader());
    }
  }
}
