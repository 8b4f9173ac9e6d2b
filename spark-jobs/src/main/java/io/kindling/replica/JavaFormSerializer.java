package io.kindling.replica;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;

/**
 * Kryo for what has a Java serial form of its own, native memory included: tensors, modules,
 * optimizers.
 */
final class JavaFormSerializer extends Serializer<Object> {
  @Override
  public void write(Kryo kryo, Output output, Object value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    } catch (IOException e) {
      throw new KryoException(value.getClass().getName() + " cannot be written: " + e, e);
    }
    output.writeInt(bytes.size());
    output.writeBytes(bytes.toByteArray());
  }

  @Override
  public Object read(Kryo kryo, Input input, Class<Object> type) {
    byte[] bytes = input.readBytes(input.readInt());
    return JavaForm.read(bytes, kryo.getClassLoader(), new ModelFilter(bytes.length));
  }
}
