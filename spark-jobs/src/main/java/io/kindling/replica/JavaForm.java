package io.kindling.replica;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InvalidClassException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectStreamClass;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Java serialization with the classes of a class loader, so that those of --jars are known. */
final class JavaForm {
  private JavaForm() {}

  /** Reads whatever is there; only for what this run itself has sent. */
  static Object read(byte[] bytes, @Nullable ClassLoader loader) {
    return read(bytes, loader, info -> ObjectInputFilter.Status.UNDECIDED);
  }

  /**
   * Reads what a filter lets through.
   *
   * @throws UncheckedIOException also if it is something else
   */
  static Object read(byte[] bytes, @Nullable ClassLoader loader, ObjectInputFilter filter) {
    try (ObjectInputStream in = new LoadingStream(new ByteArrayInputStream(bytes), loader)) {
      in.setObjectInputFilter(filter);
      return in.readObject();
    } catch (ClassNotFoundException e) {
      throw new UncheckedIOException(
          new InvalidClassException(e.getMessage(), "not on the executor's class path"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class LoadingStream extends ObjectInputStream {
    private final @Nullable ClassLoader loader;

    LoadingStream(InputStream in, @Nullable ClassLoader loader) throws IOException {
      super(in);
      this.loader = loader;
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass description)
        throws IOException, ClassNotFoundException {
      try {
        return Class.forName(description.getName(), false, loader);
      } catch (ClassNotFoundException e) {
        return super.resolveClass(description); // the primitive types
      }
    }
  }
}
