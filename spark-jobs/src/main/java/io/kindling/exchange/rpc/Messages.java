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
          "maxbytes=65536;maxdepth=8;maxarray=64;io.kindling.**;java.lang.Enum;java.lang.Record;"
              + "java.lang.Number;java.lang.Long;!*");

  private Messages() {}

  /** What a message is, apart from its numbers. */
  sealed interface Head extends Serializable permits Ask, Next, Fetch, Deliver {}

  /** Asks for the first work after a round; answered with {@link Next}, however late. */
  record Ask(TaskOrigin task, long after) implements Head {}

  /**
   * The work; its body is the first slice of the values, little-endian float32.
   *
   * @param end whether there is none any more
   * @param parameters how many there are
   * @param buffers likewise
   */
  record Next(
      boolean end, long round, int epoch, long step, long updates, int parameters, int buffers)
      implements Head {}

  /** Asks for another slice of a round's values; answered with its bytes, none if it is past. */
  record Fetch(long round, int slice) implements Head {}

  /** A slice of a task's sums, its body; answered with true when the next may come. */
  record Deliver(TaskOrigin task, long round, int slice, @Nullable TaskTimes times)
      implements Head {}

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
