"""The words of the binary header and the trace header: name, first byte (1-based, as the standard counts), width."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeaderWord:
    """One word of a header: ``byte`` is 1-based within its file (binary) or trace header."""

    name: str
    byte: int
    width: int
    signed: bool = True


def _words(first: int, *entries: tuple[str, int]) -> tuple[HeaderWord, ...]:
    words, byte = [], first
    for name, width in entries:
        if name:
            words.append(HeaderWord(name, byte, width))
        byte += width
    return tuple(words)


BINARY_WORDS: tuple[HeaderWord, ...] = (
    *_words(3201, ("Job number", 4), ("Line number", 4), ("Reel number", 4), ("Traces per ensemble", 2)),
    *_words(3215, ("Auxiliary traces per ensemble", 2), ("Sample interval (µs)", 2)),
    *_words(3219, ("Original sample interval (µs)", 2), ("Samples per trace", 2), ("Original samples per trace", 2)),
    *_words(3225, ("Sample format code", 2), ("Ensemble fold", 2), ("Trace sorting code", 2), ("Vertical sum code", 2)),
    *_words(3233, ("Sweep frequency at start", 2), ("Sweep frequency at end", 2), ("Sweep length (ms)", 2)),
    *_words(3239, ("Sweep type", 2), ("Sweep channel", 2), ("Sweep taper at start (ms)", 2), ("Sweep taper at end", 2)),
    *_words(3247, ("Taper type", 2), ("Correlated traces", 2), ("Binary gain recovered", 2)),
    *_words(
        3253, ("Amplitude recovery", 2), ("Measurement system", 2), ("Impulse polarity", 2), ("Vibratory polarity", 2)
    ),
    *_words(
        3261, ("Extended traces per ensemble", 4), ("Extended auxiliary traces", 4), ("Extended samples per trace", 4)
    ),
    HeaderWord("Byte order constant", 3297, 4),
    HeaderWord("Revision", 3501, 2, signed=False),
    HeaderWord("Fixed length flag", 3503, 2),
    HeaderWord("Extended textual headers", 3505, 2),
    HeaderWord("Additional trace headers", 3507, 4),
)

TRACE_WORDS: tuple[HeaderWord, ...] = (
    *_words(1, ("Trace in line", 4), ("Trace in file", 4), ("Field record", 4), ("Channel", 4), ("Source point", 4)),
    *_words(21, ("CDP", 4), ("Trace in CDP", 4), ("Trace identification", 2), ("Vertically summed", 2)),
    *_words(33, ("Horizontally stacked", 2), ("Data use", 2), ("Offset", 4), ("Receiver elevation", 4)),
    *_words(45, ("Surface elevation at source", 4), ("Source depth", 4), ("Receiver datum", 4), ("Source datum", 4)),
    *_words(61, ("Water depth at source", 4), ("Water depth at receiver", 4), ("Elevation scalar", 2)),
    *_words(71, ("Coordinate scalar", 2), ("Source X", 4), ("Source Y", 4), ("Receiver X", 4), ("Receiver Y", 4)),
    *_words(89, ("Coordinate units", 2), ("Weathering velocity", 2), ("Subweathering velocity", 2)),
    *_words(
        95, ("Uphole time at source", 2), ("Uphole time at receiver", 2), ("Source static", 2), ("Receiver static", 2)
    ),
    *_words(103, ("Total static", 2), ("Lag time A", 2), ("Lag time B", 2), ("Delay recording time", 2)),
    *_words(111, ("Mute start", 2), ("Mute end", 2), ("Samples in this trace", 2), ("Sample interval (µs)", 2)),
    *_words(119, ("Gain type", 2), ("Gain constant", 2), ("Initial gain", 2), ("Correlated", 2), ("Sweep start", 2)),
    *_words(
        129, ("Sweep end", 2), ("Sweep length", 2), ("Sweep type", 2), ("Sweep taper start", 2), ("Sweep taper end", 2)
    ),
    *_words(139, ("Taper type", 2), ("Alias filter frequency", 2), ("Alias filter slope", 2), ("Notch frequency", 2)),
    *_words(147, ("Notch slope", 2), ("Low cut frequency", 2), ("High cut frequency", 2), ("Low cut slope", 2)),
    *_words(155, ("High cut slope", 2), ("Year", 2), ("Day of year", 2), ("Hour", 2), ("Minute", 2), ("Second", 2)),
    *_words(167, ("Time basis", 2), ("Trace weighting", 2), ("Geophone of roll position one", 2)),
    *_words(173, ("Geophone of first trace", 2), ("Geophone of last trace", 2), ("Gap size", 2), ("Over travel", 2)),
    *_words(
        181, ("CDP X", 4), ("CDP Y", 4), ("Inline", 4), ("Crossline", 4), ("Shotpoint", 4), ("Shotpoint scalar", 2)
    ),
    *_words(203, ("Trace value unit", 2), ("Transduction mantissa", 4), ("Transduction exponent", 2)),
    *_words(211, ("Transduction unit", 2), ("Device", 2), ("Time scalar", 2), ("Source type", 2)),
)
