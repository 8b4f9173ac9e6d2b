package io.kindling.replica;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import io.kindling.reduce.FloatWire;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** Writes the arrays in bulk, where Kryo's own way is float by float. */
final class StepParametersSerializer extends Serializer<StepParameters> {
  @Override
  public void write(Kryo kryo, Output output, StepParameters values) {
    try {
      // Not closed: the stream is Kryo's.
      DataOutputStream out = new DataOutputStream(output);
      out.writeLong(values.step());
      FloatWire.write(out, values.parameters());
      FloatWire.write(out, values.buffers());
    } catch (IOException e) {
      throw new KryoException("StepParameters: cannot be written: " + e.getMessage(), e);
    }
  }

  @Override
  public StepParameters read(Kryo kryo, Input input, Class<StepParameters> type) {
    try {
      DataInputStream in = new DataInputStream(input);
      return new StepParameters(in.readLong(), FloatWire.read(in), FloatWire.read(in));
    } catch (IOException e) {
      throw new KryoException("StepParameters: cannot be read: " + e.getMessage(), e);
    }
  }
}
