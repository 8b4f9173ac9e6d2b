package io.kindling.reduce;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** {@link TreeSum} under Kryo, in its own wire form: no class but itself needs to be registered. */
public final class TreeSumSerializer extends Serializer<TreeSum> {
  @Override
  public void write(Kryo kryo, Output output, TreeSum sum) {
    try {
      // Not closed: the stream is Kryo's.
      sum.writeTo(new DataOutputStream(output));
    } catch (IOException e) {
      throw new KryoException("TreeSum: cannot be written: " + e.getMessage(), e);
    }
  }

  @Override
  public TreeSum read(Kryo kryo, Input input, Class<TreeSum> type) {
    try {
      return TreeSum.readFrom(new DataInputStream(input));
    } catch (IOException e) {
      throw new KryoException("TreeSum: cannot be read: " + e.getMessage(), e);
    }
  }
}
