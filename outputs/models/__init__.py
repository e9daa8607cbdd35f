"""Facts of this room: reports, stories and dialogues, their versions, what they cite, their pictures."""

from outputs.models.citation import Citation
from outputs.models.output import Output, Version
from outputs.models.picture import Picture, Printed

__all__ = ["Citation", "Output", "Picture", "Printed", "Version"]
